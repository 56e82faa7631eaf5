package dev.entente.server.console;

/**
 * The form that asks for a token, or why there is none here.
 *
 * @param to the page that was wanted, from the console's root; empty for the overview
 * @param isPrivate whether the way to the browser is one for tokens
 * @param error empty for none
 */
public record SignInPage(String to, boolean isPrivate, String error) {}
