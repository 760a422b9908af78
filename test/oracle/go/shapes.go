package main

// Shape is an interface with a method for the table's types, and below are types
// that implement it in each way that an interface can hold a value.
type Shape interface{ Area() float64 }

// Square is boxed, with the method on the value.
type Square struct{ Side float64 }

func (s Square) Area() float64 { return s.Side * s.Side }

// Rect has its method on the pointer, so that *Rect is the dynamic type.
type Rect struct{ W, H float64 }

func (r *Rect) Area() float64 { return r.W * r.H }

// Handle is a pointer in shape: an interface holds it as it is.
type Handle struct{ rect *Rect }

func (h Handle) Area() float64 { return h.rect.Area() }

// Units is not a struct.
type Units int32

func (u Units) Area() float64 { return float64(u) }

// Label has content of its own.
type Label string

func (l Label) Area() float64 { return float64(len(l)) }

// Unit takes no memory.
type Unit struct{}

func (Unit) Area() float64 { return 1 }

// Couple holds interfaces in turn.
type Couple struct{ First, Second Shape }

func (c Couple) Area() float64 { return c.First.Area() + c.Second.Area() }

// Polygon can't be hashed.
type Polygon struct{ Points []float64 }

func (p Polygon) Area() float64 { return float64(len(p.Points)) }
