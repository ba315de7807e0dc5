"""The e-mail gateway: takes messages, renders and keeps them, tells what becomes of them."""
