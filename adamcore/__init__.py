"""Adam and the methods it is made of, line for line as the papers write them."""
