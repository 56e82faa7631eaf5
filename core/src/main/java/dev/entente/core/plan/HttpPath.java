package dev.entente.core.plan;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks the path of a call over HTTP, with all the ways in which servers may interpret it. */
public final class HttpPath {
    private static final int LONGEST_PATH = 2048;
    private static final Pattern FORM =
            Pattern.compile("/(?!/)(?!.*%(?![0-9A-Fa-f]{2}))[A-Za-z0-9/%._~!$&'()*+,;=:@?-]*");
    private static final Pattern BYTE = Pattern.compile("%([0-9A-Fa-f]{2})");
    /** ASCII as two, three or four bytes: the next-to-last byte ends with the highest bit, the last has the others. */
    private static final Pattern LONG_FORM =
            Pattern.compile("([\\xc0\\xc1]|\\xe0[\\x80\\x81]|\\xf0\\x80[\\x80\\x81])(.)", Pattern.DOTALL);
    /** Marks at which some servers end a segment: its parameters, or characters that they decode too early. */
    private static final String ENDS = ";?#\0";

    /** A non-breaking space in UTF-8, one character for each byte. */
    private static final String HARD_BLANK = "\u00c2\u00a0";

    private HttpPath() {}

    /** Returns the fault of the path as the rest of a sentence, or null. */
    public static @Nullable String fault(String path) {
        if (path.length() > LONGEST_PATH || !FORM.matcher(path).matches()) {
            return ("a path must begin with one slash, have at most %s characters, percent-encoded where necessary, and"
                            + " no fragment")
                    .formatted(LONGEST_PATH);
        }
        int query = path.indexOf('?');
        String segments = query < 0 ? path : path.substring(0, query);
        if (isClimbing(segments)) {
            return "a path must not contain a segment . or .. (plain, encoded or with blanks), because a server could"
                    + " leave its base path";
        }
        return isText(segments)
                ? null
                : "percent-encoded bytes before the query must be the shortest UTF-8, without control characters";
    }

    private static boolean isText(String segments) {
        ByteBuffer bytes = ByteBuffer.wrap(decoded(segments).getBytes(StandardCharsets.ISO_8859_1));
        try {
            return StandardCharsets.UTF_8.newDecoder().decode(bytes).chars().noneMatch(Character::isISOControl);
        } catch (CharacterCodingException noText) {
            return false;
        }
    }

    /**
     * Returns whether the path leaves the participant's configured path. Some servers decode twice, drop text after a
     * semicolon, read a backslash as a slash, trim blanks, or accept dots in overlong UTF-8.
     */
    private static boolean isClimbing(String segments) {
        String text = segments;
        while (!hasDots(text)) {
            String decoded = withoutLongForms(decoded(text));
            if (decoded.length() == text.length()) {
                return false;
            }
            text = decoded;
        }
        return true;
    }

    private static boolean hasDots(String path) {
        for (String segment : path.replace(HARD_BLANK, " ").split("[/\\\\]", -1)) {
            String name = name(segment);
            if (name.equals(".") || name.equals("..")) {
                return true;
            }
        }
        return false;
    }

    /** Returns the segment up to its possible end, without blanks. Some servers read a plus as a blank. */
    private static String name(String segment) {
        StringBuilder name = new StringBuilder(segment.length());
        for (int i = 0; i < segment.length() && ENDS.indexOf(segment.charAt(i)) < 0; i++) {
            char c = segment.charAt(i);
            if (c > ' ' && c != '+' && c != '\u007f' && c != '\u00a0') {
                name.append(c);
            }
        }
        return name.toString();
    }

    /** Decodes once, one character for each byte. A percent sign without digits stays. The result is never longer. */
    private static String decoded(String text) {
        return BYTE.matcher(text).replaceAll(digits -> literal(Integer.parseInt(digits.group(1), 16)));
    }

    /** Reads ASCII in two, three or four bytes, like decoders that accept overlong forms. */
    private static String withoutLongForms(String bytes) {
        return LONG_FORM.matcher(bytes).replaceAll(found -> {
            String first = found.group(1);
            return literal(((first.charAt(first.length() - 1) & 1) << 6)
                    | (found.group(2).charAt(0) & 0x3f));
        });
    }

    private static String literal(int character) {
        return Matcher.quoteReplacement(Character.toString(character));
    }
}
