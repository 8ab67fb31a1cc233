"""The protocols the working rooms know, one file a noun; `app` hands in what fulfils them."""
