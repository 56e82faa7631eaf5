package dev.entente.server.console;

/**
 * The form that asks for a token, or the reason why there is no form.
 *
 * @param to the requested page, from the console's root; empty for the overview
 * @param isPrivate whether the connection to the browser may carry tokens
 * @param error empty for none
 */
public record SignInPage(String to, boolean isPrivate, String error) {}
