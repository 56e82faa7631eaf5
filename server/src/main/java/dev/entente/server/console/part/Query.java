package dev.entente.server.console.part;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.LinkedHashMap;
import java.util.Map;
import java.util.stream.Collectors;

/**
 * The query of a URL, each name once: of a name given twice the first counts. Immutable.
 *
 * @param values by name, in their order; none is empty
 */
public record Query(Map<String, String> values) {
    public static final Query NONE = new Query(Map.of());

    /** Reads one; what cannot be decoded is left out. A name that stands twice has both values, as one that is unknown. */
    public static Query of(String raw) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            String value = decoded(pair.substring(equals + 1)).strip();
            if (equals > 0 && !value.isEmpty()) {
                values.merge(decoded(pair.substring(0, equals)), value, (first, second) -> first + "&" + second);
            }
        }
        return new Query(values);
    }

    /** Returns the empty text for one that cannot be decoded. */
    private static String decoded(String text) {
        try {
            return URLDecoder.decode(text, StandardCharsets.UTF_8);
        } catch (IllegalArgumentException malformed) {
            return "";
        }
    }

    /** Returns the value of that name; empty for none. */
    public String get(String name) {
        return values.getOrDefault(name, "");
    }

    /** Returns it with that value; without the name where the value is empty. */
    public Query with(String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(values);
        changed.remove(name);
        if (!value.isEmpty()) {
            changed.put(name, value);
        }
        return new Query(changed);
    }

    /** Returns a link relative to the page's base: the page alone where nothing is asked. */
    public String link(String page) {
        return values.isEmpty() ? page : page + "?" + text();
    }

    /** Returns the link to the page that a token of the API leads to; empty for none. */
    public String next(String name, String token, String page) {
        return token.isEmpty() ? "" : with(name, token).link(page);
    }

    private String text() {
        return values.entrySet().stream()
                .map(one -> encoded(one.getKey()) + "=" + encoded(one.getValue()))
                .collect(Collectors.joining("&"));
    }

    private static String encoded(String text) {
        return URLEncoder.encode(text, StandardCharsets.UTF_8);
    }
}
