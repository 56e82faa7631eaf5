package dev.entente.core.codec;

import dev.entente.core.transaction.Fact;
import dev.entente.core.transaction.Role;
import dev.entente.core.transaction.UnknownCode;
import java.time.Instant;

/**
 * The numbers that represent roles in stored bytes; other enums have their own numbers. Zero is the most frequent
 * value, because zero costs no byte.
 */
final class StoredCodes {
    private StoredCodes() {}

    static int of(Role role) {
        return switch (role) {
            case FORWARD -> 0;
            case COMPLETION -> 1;
            case UNDO -> 2;
        };
    }

    static Role role(int code) {
        return switch (code) {
            case 0 -> Role.FORWARD;
            case 1 -> Role.COMPLETION;
            case 2 -> Role.UNDO;
            default -> throw new IllegalArgumentException("no role has the code " + code);
        };
    }

    static String of(Fact.Truth truth) {
        return switch (truth) {
            case DONE -> "DONE";
            case NEVER_HAPPENED -> "NEVER_HAPPENED";
            case UNDONE -> "UNDONE";
        };
    }

    static Fact.Truth truth(String code) {
        return switch (code) {
            case "DONE" -> Fact.Truth.DONE;
            case "NEVER_HAPPENED" -> Fact.Truth.NEVER_HAPPENED;
            case "UNDONE" -> Fact.Truth.UNDONE;
            default -> throw UnknownCode.of("statement of an operator", code);
        };
    }

    static Instant time(long millis) {
        return Instant.ofEpochMilli(millis);
    }
}
