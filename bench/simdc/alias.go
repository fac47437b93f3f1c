package simdc

import "github.com/tgfetch/tgfetch/bench/simdc/scenario"

// The names of package scenario.
type (
	Scenario   = scenario.Scenario
	Link       = scenario.Link
	ConnLink   = scenario.ConnLink
	DC         = scenario.DC
	Account    = scenario.Account
	Username   = scenario.Username
	Story      = scenario.Story
	StickerSet = scenario.StickerSet
	Chat       = scenario.Chat
	Message    = scenario.Message
	File       = scenario.File
	Fault      = scenario.Fault
	Duration   = scenario.Duration
	Offset     = scenario.Offset
	Size       = scenario.Size
	Allowance  = scenario.Allowance
	LoginCode  = scenario.LoginCode
	Address    = scenario.Address
	Belief     = scenario.Belief
)

const (
	KindDocument           = scenario.KindDocument
	KindVideo              = scenario.KindVideo
	KindAnimation          = scenario.KindAnimation
	KindAudio              = scenario.KindAudio
	KindVoice              = scenario.KindVoice
	KindPhoto              = scenario.KindPhoto
	HashesNone             = scenario.HashesNone
	HashesSome             = scenario.HashesSome
	HashesAll              = scenario.HashesAll
	DoError                = scenario.DoError
	DoDelay                = scenario.DoDelay
	DoDrop                 = scenario.DoDrop
	DoDuplicate            = scenario.DoDuplicate
	DoCut                  = scenario.DoCut
	DoStall                = scenario.DoStall
	DoTransport            = scenario.DoTransport
	DoForgetKey            = scenario.DoForgetKey
	DoLogOut               = scenario.DoLogOut
	DoExpire               = scenario.DoExpire
	DoShort                = scenario.DoShort
	DoEmpty                = scenario.DoEmpty
	DoLong                 = scenario.DoLong
	DoFlip                 = scenario.DoFlip
	DoReupload             = scenario.DoReupload
	DoRedirect             = scenario.DoRedirect
	DoToken                = scenario.DoToken
	DoStop                 = scenario.DoStop
	DoStart                = scenario.DoStart
	DoMove                 = scenario.DoMove
	DoRotate               = scenario.DoRotate
	DoMoveName             = scenario.DoMoveName
	DoOptions              = scenario.DoOptions
	DoSize                 = scenario.DoSize
	DoFrame                = scenario.DoFrame
	DoNest                 = scenario.DoNest
	DoEndless              = scenario.DoEndless
	DoBomb                 = scenario.DoBomb
	ViaApp                 = scenario.ViaApp
	ViaSMS                 = scenario.ViaSMS
	ViaCall                = scenario.ViaCall
	ViaFlashCall           = scenario.ViaFlashCall
	ViaMissedCall          = scenario.ViaMissedCall
	ViaEmail               = scenario.ViaEmail
	ViaEmailSetup          = scenario.ViaEmailSetup
	ViaFragment            = scenario.ViaFragment
	ViaFirebase            = scenario.ViaFirebase
	ViaSMSWord             = scenario.ViaSMSWord
	ViaSMSPhrase           = scenario.ViaSMSPhrase
	ViaSuccess             = scenario.ViaSuccess
	ViaPayment             = scenario.ViaPayment
	SharedKey              = scenario.SharedKey
	CDNKey                 = scenario.CDNKey
	FullLastWindow         = scenario.FullLastWindow
	PhotoHashes            = scenario.PhotoHashes
	FreshKeys              = scenario.FreshKeys
	ManyTempKeys           = scenario.ManyTempKeys
	GeneralIsThread        = scenario.GeneralIsThread
	ResendPause            = scenario.ResendPause
	EmailCodeRefusal       = scenario.EmailCodeRefusal
	ForbiddenDialogsHidden = scenario.ForbiddenDialogsHidden
	AnyHeaderDC            = scenario.AnyHeaderDC
	AnyFirstMsgID          = scenario.AnyFirstMsgID
	EmptyBehindEnd         = scenario.EmptyBehindEnd
	ExportsWhole           = scenario.ExportsWhole
)

var (
	DefaultScenario = scenario.Default
	DemoScenario    = scenario.Demo
	ReadScenario    = scenario.Read
	ParseScenario   = scenario.Parse
	Beliefs         = scenario.Beliefs
	FaultActions    = scenario.FaultActions
	ParseSize       = scenario.ParseSize
)
