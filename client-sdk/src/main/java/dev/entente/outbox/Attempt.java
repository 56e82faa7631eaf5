package dev.entente.outbox;

/** A message, and what this attempt to deliver it came to. */
record Attempt(Claimed claimed, Delivery delivery) {
    boolean succeeded() {
        return delivery instanceof Delivery.Delivered;
    }
}
