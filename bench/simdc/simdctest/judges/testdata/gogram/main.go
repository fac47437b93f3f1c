// Command judge drives gogram through one job; see clients_test.go for what a
// job is and what is expected on stdout.
package main

import (
	"encoding/json"
	"fmt"
	"log"
	"os"
	"path/filepath"

	tg "github.com/amarnathcjd/gogram/telegram"
)

type job struct {
	APIID     int32  `json:"api_id"`
	APIHash   string `json:"api_hash"`
	StartDC   int    `json:"start_dc"`
	Work      string `json:"work"`
	Phone     string `json:"phone"`
	Code      string `json:"code"`
	Password  string `json:"password"`
	BotToken  string `json:"bot_token"`
	PFS       bool   `json:"pfs"`
	Dialogs   bool   `json:"dialogs"`
	Verbosity int    `json:"verbosity"`
	Files     []struct {
		Name     string `json:"name"`
		Username string `json:"username"`
		Chat     int64  `json:"chat"`
		Message  int32  `json:"message"`
	} `json:"files"`
}

func main() {
	data, err := os.ReadFile(os.Args[1])
	check(err)
	var j job
	check(json.Unmarshal(data, &j))
	check(j.run())
}

func check(err error) {
	if err != nil {
		log.Fatal(err)
	}
}

func say(v map[string]any) { check(json.NewEncoder(os.Stdout).Encode(v)) }

func (j job) run() error {
	level := tg.ErrorLevel
	if j.Verbosity > 3 {
		level = tg.DebugLevel
	}
	client, err := tg.NewClient(tg.ClientConfig{
		AppID: j.APIID, AppHash: j.APIHash, DataCenter: j.StartDC,
		MemorySession: true, EnablePFS: j.PFS, LogLevel: level, NoUpdates: true,
	})
	if err != nil {
		return err
	}
	if err := client.Connect(); err != nil {
		return err
	}
	if j.BotToken != "" {
		err = client.LoginBot(j.BotToken)
	} else {
		// Now and then it sends auth.signIn twice after it migrated; the second
		// comes too late, and another login helps.
		for range 2 {
			_, err = client.Login(j.Phone, &tg.LoginOptions{
				CodeCallback: func() (string, error) { return j.Code, nil }, PasswordCallback: func() (string, error) { return j.Password, nil },
			})
			if err == nil {
				break
			}
		}
	}
	if err != nil {
		return fmt.Errorf("login: %w", err)
	}
	me, err := client.GetMe()
	if err != nil {
		return err
	}
	say(map[string]any{"user": me.ID})
	if j.Dialogs {
		var titles []string
		err := client.IterDialogs(func(d *tg.TLDialog) error {
			titles = append(titles, fmt.Sprint(d.GetID()))
			return nil
		}, &tg.DialogOptions{Limit: 10_000})
		if err != nil {
			return err
		}
		say(map[string]any{"chats": titles})
	}
	for _, f := range j.Files {
		var peer any = f.Username
		if f.Username == "" {
			peer = -1_000_000_000_000 - f.Chat
		}
		list, err := client.GetMessages(peer, &tg.SearchOption{IDs: []int32{f.Message}})
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		path, err := client.DownloadMedia(list[0].Media(), &tg.DownloadOptions{FileName: filepath.Join(j.Work, fmt.Sprint(f.Message))})
		if err != nil {
			return fmt.Errorf("%s: %w", f.Name, err)
		}
		say(map[string]any{"file": f.Name, "path": path})
	}
	return client.Disconnect()
}
