package dev.entente.core.plan;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import java.util.regex.Matcher;
import java.util.regex.Pattern;
import org.jspecify.annotations.Nullable;

/** Checks the path of a call over HTTP, as any server may read it. */
public final class HttpPath {
    private static final int LONGEST_PATH = 2048;
    private static final Pattern FORM =
            Pattern.compile("/(?!/)(?!.*%(?![0-9A-Fa-f]{2}))[A-Za-z0-9/%._~!$&'()*+,;=:@?-]*");
    private static final Pattern BYTE = Pattern.compile("%([0-9A-Fa-f]{2})");
    /** ASCII in two, three or four bytes: its highest bit ends the last but one, the others are the last. */
    private static final Pattern LONG_FORM =
            Pattern.compile("([\\xc0\\xc1]|\\xe0[\\x80\\x81]|\\xf0\\x80[\\x80\\x81])(.)", Pattern.DOTALL);
    /** The marks at which some servers end a segment: at its parameters, or at what they have decoded too early. */
    private static final String ENDS = ";?#\0";

    /** A blank that breaks no line, in UTF-8, a character for each byte. */
    private static final String HARD_BLANK = "\u00c2\u00a0";

    private HttpPath() {}

    /** Returns what is wrong with it, as the rest of a sentence, or null. */
    public static @Nullable String fault(String path) {
        if (path.length() > LONGEST_PATH || !FORM.matcher(path).matches()) {
            return "it begins with one slash, has at most %s characters, percent-encoded where need be, and no fragment"
                    .formatted(LONGEST_PATH);
        }
        int query = path.indexOf('?');
        String segments = query < 0 ? path : path.substring(0, query);
        if (isClimbing(segments)) {
            return "it has no segment . or .., encoded or with blanks neither, for a server may leave its base path";
        }
        return isText(segments)
                ? null
                : "what is percent-encoded before its query is UTF-8, in its shortest form, without control characters";
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
     * Tells whether it leaves the path that the participant is configured with. Some servers decode twice, drop what
     * stands behind a semicolon, take a backslash for a slash, trim blanks, or read dots in more bytes than they need.
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

    /** The segment up to where a server may end it, without blanks. A plus is a blank to some. */
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

    /** Decodes it once, a character for each byte; a percent sign without digits stays. It gets shorter, or stays. */
    private static String decoded(String text) {
        return BYTE.matcher(text).replaceAll(digits -> literal(Integer.parseInt(digits.group(1), 16)));
    }

    /** Reads ASCII in two, three or four bytes as decoders do that do not look whether fewer would do. */
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
