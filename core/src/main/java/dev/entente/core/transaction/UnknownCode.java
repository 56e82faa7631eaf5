package dev.entente.core.transaction;

/** A stored number or word that no constant of this program has: a newer one may have written it. */
public final class UnknownCode extends IllegalArgumentException {
    private static final long serialVersionUID = 1L;

    private UnknownCode(String what, Object code) {
        super("no " + what + " has the code " + code);
    }

    /** A word that this program does not know. */
    public static IllegalArgumentException of(String what, String word) {
        return new UnknownCode(what, word);
    }

    /** Numbers grow from one: what is less is damage, and no code of any program. */
    public static IllegalArgumentException of(String what, int code) {
        return code > 0
                ? new UnknownCode(what, code)
                : new IllegalArgumentException("no " + what + " can have the code " + code);
    }
}
