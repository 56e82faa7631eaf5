package dev.entente.shop.orders;

/** A customer's order under an id of the customer's choice; {@code cents} is the price of all of it. */
public record Order(String id, String sku, int count, String account, int cents, String city) {}
