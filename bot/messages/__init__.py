"""The catalogue of every sentence people read, and the content of cards and notices before a platform draws them."""
