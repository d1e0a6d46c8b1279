enum Ph {}
