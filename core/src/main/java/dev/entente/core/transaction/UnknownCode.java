package dev.entente.core.transaction;

/** A stored number or word without a constant in this program: a newer program may have written it. */
public final class UnknownCode extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private UnknownCode(String what, Object code) {
        super("no " + what + " has the code " + code);
    }

    /** Makes the exception for a word that this program does not know. */
    public static IllegalArgumentException of(String what, String word) {
        return new UnknownCode(what, word);
    }

    /** Makes the exception for a number. Codes start at one; a smaller number is damage, not a newer code. */
    public static IllegalArgumentException of(String what, int code) {
        return code > 0
                ? new UnknownCode(what, code)
                : new IllegalArgumentException("no " + what + " can have the code " + code);
    }
}
