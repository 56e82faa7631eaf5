package dev.entente.server.console;

/** The reach of the console: nothing, looking, or acting too. */
public enum ConsoleMode {
    /** There is none. */
    OFF,
    /** It shows, and changes nothing. */
    READ_ONLY,
    /** It shows, and has the acts of operators. */
    ON
}
