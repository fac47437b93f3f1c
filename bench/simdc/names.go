package simdc

import (
	"fmt"
	"slices"
	"strings"
	"sync"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/bench/simdc/scenario"
)

// names is who has which username. Names are sold, given up and taken by
// others while everything else stays as it is.
type names struct {
	mu     sync.Mutex
	owners map[string]any // Guarded by mu. *account or *chat by lower-case name; nil for an inactive name.
	lists  []nameList     // Guarded by mu.
}

// nameList is the names of one peer.
type nameList struct {
	of         any // *account or *chat
	username   string
	collection []scenario.Username
}

func (n *names) add(of any, username string, collection []scenario.Username) {
	n.mu.Lock()
	defer n.mu.Unlock()
	if username != "" {
		n.owners[strings.ToLower(username)] = of
	}
	for _, u := range collection {
		if !u.Inactive {
			n.owners[strings.ToLower(u.Name)] = of
		}
	}
	n.lists = append(n.lists, nameList{of, username, slices.Clone(collection)})
}

// owner is the *account or *chat that a name leads to, or nil.
func (n *names) owner(name string) any {
	n.mu.Lock()
	defer n.mu.Unlock()
	return n.owners[strings.ToLower(name)]
}

// of is what a peer tells of its names: one, or a list in which that is the one
// that it may change.
//
// https://core.telegram.org/api/fragment
func (n *names) of(peer any) (username string, list []tg.Username) {
	n.mu.Lock()
	defer n.mu.Unlock()
	for _, l := range n.lists {
		if l.of != peer {
			continue
		}
		if len(l.collection) == 0 {
			return l.username, nil
		}
		for _, u := range l.collection {
			list = append(list, tg.Username{Active: !u.Inactive, Username: u.Name})
		}
		if l.username != "" {
			list = append(list, tg.Username{Active: true, Editable: true, Username: l.username})
		}
	}
	return "", list
}

// move gives a name to another peer, or to nobody, which is nil.
func (n *names) move(name string, to any) {
	n.mu.Lock()
	defer n.mu.Unlock()
	delete(n.owners, strings.ToLower(name))
	for i := range n.lists {
		l := &n.lists[i]
		if strings.EqualFold(l.username, name) {
			l.username = ""
		}
		l.collection = slices.DeleteFunc(l.collection, func(u scenario.Username) bool { return strings.EqualFold(u.Name, name) })
		if to == nil || l.of != to {
			continue
		}
		n.owners[strings.ToLower(name)] = to
		if l.username == "" {
			l.username = name
		} else {
			l.collection = append(l.collection, scenario.Username{Name: name})
		}
	}
}

// MoveName gives a username to the chat or account with an id, from whoever had
// it; 0 gives it to nobody.
func (c *Cluster) MoveName(name string, to int64) error {
	var owner any
	if x := c.world.chats[to]; x != nil {
		owner = x
	} else if a := c.world.accounts[to]; a != nil {
		owner = a
	} else if to != 0 {
		return fmt.Errorf("no chat and no account %d", to)
	}
	c.world.names.move(name, owner)
	return nil
}
