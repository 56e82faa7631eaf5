package dev.entente.core.plan;

import java.nio.ByteBuffer;
import java.nio.charset.CharacterCodingException;
import java.nio.charset.StandardCharsets;
import org.jspecify.annotations.Nullable;

/** Judges the path of a call over HTTP, as any server may read it. */
final class HttpPath {
    private static final int LONGEST_PATH = 2048;
    private static final String PATH_MARKS = "/-._~!$&'()*+,;=:@%?";
    /** The marks at which some servers end a segment: at its parameters, or at what they have decoded too early. */
    private static final String ENDS = ";?#\0";

    /** A blank that breaks no line, in UTF-8, a character for each byte. */
    private static final String HARD_BLANK = "\u00c2\u00a0";

    private HttpPath() {}

    /** Returns what is wrong with it, as the rest of a sentence, or null. */
    static @Nullable String fault(String path) {
        if (!isFormed(path)) {
            return "it begins with one slash, has at most %d characters, percent-encoded where need be, and no fragment"
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

    private static boolean isFormed(String path) {
        return path.startsWith("/")
                && !path.startsWith("//")
                && path.length() <= LONGEST_PATH
                && path.chars().allMatch(c -> isAlphanumeric(c) || PATH_MARKS.indexOf(c) >= 0)
                && isEncoded(path);
    }

    private static boolean isAlphanumeric(int c) {
        return (c >= 'a' && c <= 'z') || (c >= 'A' && c <= 'Z') || (c >= '0' && c <= '9');
    }

    /** Tells whether each percent sign is followed by two hexadecimal digits. */
    private static boolean isEncoded(String path) {
        for (int at = path.indexOf('%'); at >= 0; at = path.indexOf('%', at + 1)) {
            if (!isByte(path, at)) {
                return false;
            }
        }
        return true;
    }

    private static boolean isByte(String text, int at) {
        return at + 2 < text.length()
                && text.charAt(at) == '%'
                && Character.digit(text.charAt(at + 1), 16) >= 0
                && Character.digit(text.charAt(at + 2), 16) >= 0;
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
        if (text.indexOf('%') < 0) {
            return text;
        }
        StringBuilder decoded = new StringBuilder(text.length());
        for (int i = 0; i < text.length(); i++) {
            if (isByte(text, i)) {
                decoded.append((char) Integer.parseInt(text, i + 1, i + 3, 16));
                i += 2;
            } else {
                decoded.append(text.charAt(i));
            }
        }
        return decoded.toString();
    }

    /** Reads ASCII in two, three or four bytes as decoders do that do not look whether fewer would do. */
    private static String withoutLongForms(String bytes) {
        if (bytes.chars().noneMatch(c -> c >= 0xc0)) {
            return bytes;
        }
        StringBuilder read = new StringBuilder(bytes.length());
        for (int i = 0; i < bytes.length(); i++) {
            int tail = longFormTail(bytes, i);
            if (tail > 0) {
                int last = bytes.charAt(i + tail) & 0x3f;
                read.append((char) (((bytes.charAt(i + tail - 1) & 1) << 6) | last));
                i += tail;
            } else {
                read.append(bytes.charAt(i));
            }
        }
        return read.toString();
    }

    /** The number of bytes behind the one at {@code at} of an ASCII character in too many bytes, or 0. */
    private static int longFormTail(String bytes, int at) {
        int tail = switch (bytes.charAt(at)) {
            case 0xc0, 0xc1 -> 1;
            case 0xe0 -> 2;
            case 0xf0 -> 3;
            default -> 0;
        };
        if (tail == 0 || at + tail >= bytes.length()) {
            return 0;
        }
        for (int i = 1; i < tail; i++) {
            int zero = i == tail - 1 ? bytes.charAt(at + i) & ~1 : bytes.charAt(at + i);
            if (zero != 0x80) {
                return 0;
            }
        }
        return tail;
    }
}
