package dev.entente.server.console;

/** The scope of the console: none, read-only, or with operations. */
public enum ConsoleMode {
    OFF,
    /** The console shows pages and changes nothing. */
    READ_ONLY,
    /** The console shows pages and offers operations. */
    ON
}
