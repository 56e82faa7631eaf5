package dev.entente.core.plan;

import dev.entente.core.transaction.Branch;
import dev.entente.core.transaction.Operation;
import dev.entente.core.transaction.Target;

/** Checks the form of names and ids. Loops replace regular expressions, because every submit runs these checks. */
public final class Names {
    /** The longest id of a nested branch, in characters. Ids are sent as metadata and stored in rows. */
    static final int LONGEST_PATH = 256;

    private static final int LONGEST_GID = 128;
    private static final int LONGEST_NAME = 64;
    private static final int LONGEST_VALUE = 256;
    private static final int SHOWN = 80;

    private Names() {}

    public static boolean isGid(String text) {
        return isMadeOf(text, LONGEST_GID, "._:-", true);
    }

    static boolean isName(String text) {
        return isMadeOf(text, LONGEST_NAME, "._-", false);
    }

    static boolean isLabel(String key, String value) {
        return isMadeOf(key, LONGEST_NAME, "._/-", true)
                && value.length() <= LONGEST_VALUE
                && value.chars().noneMatch(Character::isISOControl);
    }

    /** Checks a branch id. The id of a nested branch is its parent's id, a slash and its own name. */
    static boolean isBranchId(Branch branch) {
        String parent = branch.parent();
        if (parent == null) {
            return isName(branch.id());
        }
        return branch.id().length() <= LONGEST_PATH
                && branch.id().startsWith(parent + "/")
                && isName(branch.id().substring(parent.length() + 1))
                && isPath(parent);
    }

    private static boolean isPath(String path) {
        int slash = path.lastIndexOf('/');
        return slash < 0 ? isName(path) : isName(path.substring(slash + 1)) && isPath(path.substring(0, slash));
    }

    /** Returns whether the operation names no target at all. */
    static boolean isNowhere(Operation operation) {
        return switch (operation.target()) {
            case Target.Grpc(String participant, String method) -> participant.isEmpty() && method.isEmpty();
            case Target.Http _, Target.Kafka _ -> false;
        };
    }

    /** Returns a client's text, shortened to fit into a message. */
    static String shortened(String text) {
        return text.length() <= SHOWN ? text : text.substring(0, SHOWN) + "…";
    }

    private static boolean isMadeOf(String text, int longest, String marks, boolean withCapitals) {
        if (text.isEmpty() || text.length() > longest) {
            return false;
        }
        for (int i = 0; i < text.length(); i++) {
            char c = text.charAt(i);
            boolean isPlain = (c >= 'a' && c <= 'z') || (c >= '0' && c <= '9') || marks.indexOf(c) >= 0;
            if (!isPlain && !(withCapitals && c >= 'A' && c <= 'Z')) {
                return false;
            }
        }
        return true;
    }
}
