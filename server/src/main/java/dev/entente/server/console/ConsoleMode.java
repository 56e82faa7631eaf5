package dev.entente.server.console;

/** What the console lets people do. */
public enum ConsoleMode {
    /** There is none. */
    OFF,
    /** It shows, and changes nothing. */
    READ_ONLY,
    /** It shows, and has the acts of operators. */
    ON
}
