package fetcher_test

import (
	"context"
	"fmt"
	"log"

	"github.com/gotd/td/tg"

	"github.com/tgfetch/tgfetch/fetcher"
	"github.com/tgfetch/tgfetch/session"
)

// Call any method on any data center, and fetch what it brings.
func ExampleClient_Invoker() {
	ctx := context.Background()
	client, dir, done := simulated(fetcher.Config{})
	defer done()

	api := tg.NewClient(client.Invoker(0)) // Home.
	users, err := api.UsersGetUsers(ctx, []tg.InputUserClass{&tg.InputUserSelf{}})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("user", users[0].GetID())
	config, err := tg.NewClient(client.Invoker(3)).HelpGetConfig(ctx)
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println("answered by DC", config.ThisDC)

	found, err := api.ContactsResolveUsername(ctx, &tg.ContactsResolveUsernameRequest{Username: "simfiles"})
	if err != nil {
		log.Fatal(err)
	}
	channel := found.Chats[0].(*tg.Channel)
	answer, err := api.ChannelsGetMessages(ctx, &tg.ChannelsGetMessagesRequest{
		Channel: channel.AsInput(), ID: []tg.InputMessageClass{&tg.InputMessageID{ID: 10}},
	})
	if err != nil {
		log.Fatal(err)
	}
	chat := session.Peer{Kind: session.PeerChannel, ID: channel.ID, AccessHash: channel.AccessHash, Title: channel.Title}
	files, err := fetcher.Files(answer.(*tg.MessagesChannelMessages).Messages[0], chat)
	if err != nil {
		log.Fatal(err)
	}
	result, err := client.Fetch(ctx, files[0], fetcher.Target{Dir: dir})
	if err != nil {
		log.Fatal(err)
	}
	fmt.Println(result.File.Name, result.Bytes, "bytes")
	// Output:
	// user 7001
	// answered by DC 3
	// report.pdf 5255225 bytes
}
