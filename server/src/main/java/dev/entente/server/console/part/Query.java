package dev.entente.server.console.part;

import java.net.URLDecoder;
import java.net.URLEncoder;
import java.nio.charset.StandardCharsets;
import java.util.HashSet;
import java.util.LinkedHashMap;
import java.util.List;
import java.util.Map;
import java.util.Set;
import java.util.regex.Pattern;
import java.util.stream.Collectors;
import java.util.stream.Stream;

/**
 * The query of a URL or the fields of a form; each name occurs once. Immutable.
 *
 * @param values by name, in their order; no value is empty
 */
public record Query(Map<String, String> values) {
    public static final Query NONE = new Query(Map.of());

    private static final int MAX_NAMED = 10;
    /** The replacement character, which decoding inserts for bytes that are not UTF-8. */
    private static final char NO_CHARACTER = '\ufffd';

    private static final Pattern BROKEN = Pattern.compile("%(?![0-9A-Fa-f]{2})");

    /** Parses a query. The first value of a repeated field counts; only {@link #misfits} reports errors. */
    public static Query of(String raw) {
        Map<String, String> values = new LinkedHashMap<>();
        for (String pair : raw.split("&", -1)) {
            int equals = pair.indexOf('=');
            String value = decoded(pair.substring(equals + 1)).strip();
            if (equals > 0 && !value.isEmpty()) {
                values.putIfAbsent(decoded(pair.substring(0, equals)), value);
            }
        }
        return new Query(values);
    }

    /** Returns at most ten names of fields that are unknown, occur twice, or cannot be decoded. */
    public static List<String> misfits(String raw, Set<String> known) {
        Set<String> names = new HashSet<>();
        return Stream.of(raw.split("&", -1))
                .filter(pair -> !pair.isEmpty())
                .filter(pair -> BROKEN.matcher(pair).find()
                        || decoded(pair).indexOf(NO_CHARACTER) >= 0
                        || !known.contains(name(pair))
                        || !names.add(name(pair)))
                .map(Query::name)
                .distinct()
                .limit(MAX_NAMED)
                .toList();
    }

    private static String name(String pair) {
        return decoded(pair.split("=", 2)[0]);
    }

    /** Decodes a text. Returns a text with a malformed escape sequence unchanged. */
    private static String decoded(String text) {
        return BROKEN.matcher(text).find() ? text : URLDecoder.decode(text, StandardCharsets.UTF_8);
    }

    /** Returns the value of a field; empty if the field is missing. */
    public String get(String name) {
        return values.getOrDefault(name, "");
    }

    /** Returns a copy with this value. An empty value removes the field. */
    public Query with(String name, String value) {
        Map<String, String> changed = new LinkedHashMap<>(values);
        changed.remove(name);
        if (!value.isEmpty()) {
            changed.put(name, value);
        }
        return new Query(changed);
    }

    /** Returns a copy with these fields only. */
    public Query only(Set<String> names) {
        Map<String, String> kept = new LinkedHashMap<>(values);
        kept.keySet().retainAll(names);
        return new Query(kept);
    }

    /** Returns a link relative to the page's base: only the page if there are no values. */
    public String link(String page) {
        return values.isEmpty() ? page : page + "?" + text();
    }

    /** Returns the link to the list page of an API page token; empty if the token is empty. */
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
