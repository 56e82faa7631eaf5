/** The service of the warehouse: open {@code Stock} first. */
@NullMarked
package dev.entente.shop.stock;

import org.jspecify.annotations.NullMarked;
