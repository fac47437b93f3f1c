package simdc
