"""The HTTP side: tokens for customers, webhooks, health, metrics, live events, the page."""
