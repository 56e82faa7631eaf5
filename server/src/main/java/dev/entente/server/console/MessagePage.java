package dev.entente.server.console;

/**
 * A page that only says something.
 *
 * @param detail what the API said; may be empty
 */
public record MessagePage(String title, String text, String detail) {}
