package dev.entente.core.transaction;

/**
 * Copies a field of an earlier response into a request.
 *
 * @param from the branch whose response is read
 * @param fromRole the operation of that branch whose response is read; {@code FORWARD} unless said otherwise
 * @param fromPath where in the response
 * @param toPath where in the request
 * @param required whether an absent field parks the transaction instead of being left out
 */
public record Binding(String from, Role fromRole, BindingPath fromPath, BindingPath toPath, boolean required) {}
