package mtserve

import (
	"crypto/rand"
	"io"
	"math/big"
)

// primes are between 2^30 and 2^31, so that the product of two is of the size
// that Telegram uses and below 2^63.
var primes = [...]int64{
	1162739707, 1913987609, 1315785707, 1430986247, 1752070417, 1623160061, 1959617063, 1480067429,
	1846869181, 1076397233, 1374447233, 1130284327, 1833316151, 1783559957, 1280773409, 1534810721,
	1583386589, 1429596059, 1533552197, 1830954197, 1865428067, 1239930011, 1974292703, 1776988391,
	1764372317, 1977866543, 1735961621, 1155432923, 1580602187, 1252896767, 1221958679, 1501929071,
	1346943271, 1207042451, 2075539211, 1208341909, 1227177323, 1212207793, 2027083181, 1912655257,
	1193177299, 2004526519, 1747055267, 1365630647, 1628437661, 1647751121, 1521072661, 1168179563,
}

// randomPQ picks two different primes, p < q.
func randomPQ(random io.Reader) (p, q *big.Int, err error) {
	n := int64(len(primes))
	r, err := rand.Int(random, big.NewInt(n*(n-1)))
	if err != nil {
		return nil, nil, err
	}
	i := r.Int64() / (n - 1)
	j := (i + 1 + r.Int64()%(n-1)) % n
	return big.NewInt(min(primes[i], primes[j])), big.NewInt(max(primes[i], primes[j])), nil
}
