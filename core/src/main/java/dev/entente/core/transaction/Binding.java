package dev.entente.core.transaction;

/**
 * Copies a field of an earlier response into a request.
 *
 * @param from the branch that gave the response
 * @param fromRole the operation of that branch that gave the response; {@code FORWARD} by default
 * @param fromPath the place in the response
 * @param toPath the place in the request
 * @param required true: an absent field parks the transaction; false: an absent field is left out
 */
public record Binding(String from, Role fromRole, BindingPath fromPath, BindingPath toPath, boolean required) {}
