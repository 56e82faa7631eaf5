package dev.entente.server.console;

/**
 * A page that shows only a message.
 *
 * @param detail the text of the API; may be empty
 */
public record MessagePage(String title, String text, String detail) {}
