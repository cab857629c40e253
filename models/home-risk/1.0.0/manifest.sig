{"key":"kotivahti-models-1","signature":"RQH8FPQV9MQUmWwZ/o5llII0E54XQsOfdXKyiWsf9MX6jz4eDuw9TQqdRfMd2GNX34iI7Egm4P+XrH0oFRo9AQ=="}
