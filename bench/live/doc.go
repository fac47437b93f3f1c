// Package live asks Telegram the questions that its documents leave open, and
// compares what it answers with what this program believes.
//
//	report, err := live.Run(ctx, live.Options{Client: fetcher.Config{APIID: id, APIHash: hash, Store: store}})
//	...
//	for _, row := range report.Rows {
//		fmt.Println(row.Belief, row.Seen, row.Verdict)
//	}
//
// Its way:
//
//	help.getConfig ─► files of the links, or of the account's chats ─► one question after
//	the other ─► judgement (pure) ─► rows
//
// What it reads is forgotten, and a [Report] holds nothing personal: no names,
// ids, keys, phone numbers, links, file references or addresses, so that it can
// be attached to a bug report as it is. Texts of errors are therefore not taken over;
// they go to the Logger of Options.Client.
//
// The simulator of package simdc agrees in every row; for each it has a switch
// that makes this row, and no other, differ.
package live
