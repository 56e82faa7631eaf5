package dev.entente.server.participant.http;

import java.net.http.HttpHeaders;
import java.util.HashSet;
import java.util.List;
import java.util.Map;
import org.jspecify.annotations.Nullable;

/** Judges the head of an answer over HTTP, of which the JDK's client takes more than is good. */
public final class AnswerHead {
    private static final String LENGTH = "content-length";

    private AnswerHead() {}

    /**
     * Returns why the answer counts as none, or null where it counts.
     *
     * @param maxBytes of all names and values together
     */
    public static @Nullable String fault(HttpHeaders headers, int maxBytes) {
        if (bytes(headers) > maxBytes) {
            return "the headers of the answer have more than %d bytes".formatted(maxBytes);
        }
        List<String> lengths = headers.allValues(LENGTH);
        boolean hasOtherEnd = headers.firstValue("transfer-encoding").isPresent();
        return new HashSet<>(lengths).size() > 1 || (hasOtherEnd && !lengths.isEmpty())
                ? "the answer has more than one length"
                : null;
    }

    /** The JDK makes one character of each byte. */
    private static long bytes(HttpHeaders headers) {
        long bytes = 0;
        for (Map.Entry<String, List<String>> header : headers.map().entrySet()) {
            for (String value : header.getValue()) {
                bytes += header.getKey().length() + value.length();
            }
        }
        return bytes;
    }
}
