package main

import "github.com/beaconsoftwarellc/gadget/v2/log"

// silent is a logger that does nothing: with the package's own, a message costs its text even where nobody reads it.
type silent struct{}

func (silent) New(string) log.Logger         { return silent{} }
func (silent) GetSessionID() string          { return "" }
func (silent) SetSessionID(string)           {}
func (silent) Fatal(err error) error         { return err }
func (silent) Fatalf(string, ...any) string  { return "" }
func (silent) Error(err error) error         { return err }
func (silent) Errorf(string, ...any) string  { return "" }
func (silent) Warn(err error) error          { return err }
func (silent) Warnf(string, ...any) string   { return "" }
func (silent) Audit(err error) error         { return err }
func (silent) Auditf(string, ...any) string  { return "" }
func (silent) Access(err error) error        { return err }
func (silent) Accessf(string, ...any) string { return "" }
func (silent) Info(err error) error          { return err }
func (silent) Infof(string, ...any) string   { return "" }
func (silent) Debug(err error) error         { return err }
func (silent) Debugf(string, ...any) string  { return "" }
func (silent) AddOutput(log.Output)          {}
