package dev.entente.server.plan;

import dev.entente.server.transaction.ErrorCode;
import dev.entente.server.transaction.Operation;
import dev.entente.server.transaction.Target;
import java.util.Locale;
import java.util.Map;
import java.util.Set;

/** Checks where an operation goes over HTTP. Used once. */
final class HttpCheck {
    /** A GET changes nothing, so that it may be sent twice; the HTTP client does that with no other method. */
    private static final Set<String> METHODS = Set.of("GET", "POST", "PUT", "PATCH", "DELETE");

    private static final int LONGEST_PATH = 2048;
    private static final int MOST_HEADERS = 32;
    private static final int LONGEST_HEADER = 4096;
    private static final String PATH_MARKS = "/-._~!$&'()*+,;=:@%?";
    private final PlanPath place;
    private final Findings findings;

    HttpCheck(PlanPath place, Findings findings) {
        this.place = place;
        this.findings = findings;
    }

    void check(Operation operation, Target.Http target) {
        if (target.participant().isEmpty()) {
            malformed(".participant", "the call names no participant; give a configured name, or host:port");
        }
        if (!METHODS.contains(target.method())) {
            malformed(
                    ".method",
                    "'%s' is none of GET, POST, PUT, PATCH, DELETE".formatted(Names.shortened(target.method())));
        }
        if (target.method().equals("GET")
                && !(operation.body().isEmpty() && operation.bindings().isEmpty())) {
            malformed(".method", "a GET has no body; send a POST, or leave body and bindings out");
        }
        if (!isPath(target.path())) {
            malformed(
                    ".path",
                    ("'%s' is no path: it begins with one slash, has at most %d characters, percent-encoded where need"
                                    + " be, no fragment, and no segment . or ..")
                            .formatted(Names.shortened(target.path()), LONGEST_PATH));
        }
        headers(target.headers());
    }

    private void headers(Map<String, String> headers) {
        if (headers.size() > MOST_HEADERS) {
            malformed(".headers", "%d headers, at most %d are allowed".formatted(headers.size(), MOST_HEADERS));
        }
        headers.forEach((name, value) -> {
            if (HttpHeaders.isReserved(name)) {
                malformed(
                        ".headers",
                        "'%s' is not for plans to set; credentials belong in the participant's configuration"
                                .formatted(Names.shortened(name)));
            } else if (!isToken(name) || !isHeaderValue(value)) {
                malformed(
                        ".headers",
                        "'%s' is out of bounds: a name is a token, a value at most %d printable ASCII characters"
                                .formatted(Names.shortened(name), LONGEST_HEADER));
            }
        });
    }

    private static boolean isPath(String path) {
        int query = path.indexOf('?');
        String segments = query < 0 ? path : path.substring(0, query);
        return path.startsWith("/")
                && !path.startsWith("//")
                && path.length() <= LONGEST_PATH
                && isMadeOf(path, PATH_MARKS)
                && isEncoded(path)
                && !isClimbing(segments);
    }

    private static boolean isMadeOf(String text, String marks) {
        return text.chars().allMatch(c -> isAlphanumeric(c) || marks.indexOf(c) >= 0);
    }

    private static boolean isAlphanumeric(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    /** Tells whether each percent sign is followed by two hexadecimal digits. */
    private static boolean isEncoded(String path) {
        for (int at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 1)) {
            if (at + 2 >= path.length()
                    || Character.digit(path.charAt(at + 1), 16) < 0
                    || Character.digit(path.charAt(at + 2), 16) < 0) {
                return false;
            }
        }
        return true;
    }

    /**
     * Tells whether it leaves the path that the participant is configured with, as any server may read it. Some decode
     * twice, drop what stands behind a semicolon, or take a backslash for a slash.
     */
    private static boolean isClimbing(String segments) {
        String text = segments.toLowerCase(Locale.ROOT);
        while (!hasDots(text)) {
            String decoded = decoded(text);
            if (decoded.equals(text)) {
                return false;
            }
            text = decoded;
        }
        return true;
    }

    private static boolean hasDots(String path) {
        for (String segment : path.split("[/\\\\]", -1)) {
            int parameters = segment.indexOf(';');
            String name = parameters < 0 ? segment : segment.substring(0, parameters);
            if (name.equals(".") || name.equals("..")) {
                return true;
            }
        }
        return false;
    }

    /** Once, and of the marks alone that lead elsewhere. It gets shorter, or stays as it is. */
    private static String decoded(String path) {
        return path.replace("%2e", ".")
                .replace("%2f", "/")
                .replace("%5c", "\\")
                .replace("%3b", ";")
                .replace("%25", "%");
    }

    private static boolean isToken(String name) {
        return name.length() <= LONGEST_HEADER && HttpHeaders.isName(name);
    }

    private static boolean isHeaderValue(String value) {
        return value.length() <= LONGEST_HEADER && value.chars().allMatch(c -> c >= ' ' && c <= '~');
    }

    private void malformed(String field, String message) {
        findings.add(Finding.error(ErrorCode.MALFORMED, place.field(".http" + field), message));
    }
}
