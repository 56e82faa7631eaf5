package dev.entente.shop.orders;

/** A customer's order. The customer chooses {@code id}; {@code cents} is the price of the complete order. */
public record Order(String id, String sku, int count, String account, int cents, String city) {}
