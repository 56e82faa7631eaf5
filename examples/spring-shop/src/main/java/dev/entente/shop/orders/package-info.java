/** The service that takes orders: open {@code Orders} first, then {@code Checkout}. */
@NullMarked
package dev.entente.shop.orders;

import org.jspecify.annotations.NullMarked;
