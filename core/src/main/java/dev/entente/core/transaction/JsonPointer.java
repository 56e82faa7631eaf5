package dev.entente.core.transaction;

import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/**
 * A place in a JSON document, as in RFC 6901: {@code /payment/id}, {@code /items/0}.
 *
 * @param tokens unescaped, at least one
 */
public record JsonPointer(List<String> tokens) implements BindingPath {
    public JsonPointer {
        tokens = List.copyOf(tokens);
    }

    /** Parses a pointer. Returns null without a leading slash, or for a tilde that is not followed by 0 or 1. */
    public static @Nullable JsonPointer parse(String text) {
        if (!text.startsWith("/")) {
            return null;
        }
        List<String> tokens = new ArrayList<>();
        for (String token : text.substring(1).split("/", -1)) {
            if (token.replace("~0", "").replace("~1", "").contains("~")) {
                return null;
            }
            tokens.add(token.replace("~1", "/").replace("~0", "~"));
        }
        return new JsonPointer(tokens);
    }

    @Override
    public boolean isRoot() {
        return tokens.isEmpty();
    }

    @Override
    public String toString() {
        StringBuilder text = new StringBuilder();
        for (String token : tokens) {
            text.append('/').append(token.replace("~", "~0").replace("/", "~1"));
        }
        return text.toString();
    }
}
