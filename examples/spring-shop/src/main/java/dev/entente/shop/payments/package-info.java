/** The service of accounts: open {@code Payments} first. */
@NullMarked
package dev.entente.shop.payments;

import org.jspecify.annotations.NullMarked;
