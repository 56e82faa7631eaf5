package dev.entente.faults.fuzz;

import java.io.ByteArrayOutputStream;
import java.nio.charset.StandardCharsets;
import java.util.Random;

/** Bytes for a port that expects others. */
final class Garbage {
    /** How an HTTP/2 client begins, with empty settings. */
    private static final byte[] PREFACE =
            "PRI * HTTP/2.0\r\n\r\nSM\r\n\r\n\u0000\u0000\u0000\u0004\u0000\u0000\u0000\u0000\u0000"
                    .getBytes(StandardCharsets.ISO_8859_1);

    private static final String GET = "GET /livez HTTP/1.1\r\nHost: a\r\n";
    private static final int FRAME_TYPES = 12;

    private Garbage() {}

    static byte[] of(Kind kind, Random random) {
        int choice = random.nextInt(5);
        return switch (choice) {
            case 0 -> noise(random, 1 + random.nextInt(4000));
            case 1 -> clientHello(random);
            case 2 -> kind == Kind.GARBAGE_ON_GRPC ? text(GET + "\r\n") : frames(random);
            case 3 -> kind == Kind.GARBAGE_ON_GRPC ? frames(random) : text(GET + manyHeaders(random) + "\r\n");
            default -> kind == Kind.GARBAGE_ON_GRPC ? text("POST / HTTP/1.1\r\n") : oddRequest(random);
        };
    }

    static byte[] preface() {
        return PREFACE.clone();
    }

    /** Frames that are too long, of no known type, on streams that nobody opened. */
    private static byte[] frames(Random random) {
        ByteArrayOutputStream bytes = new ByteArrayOutputStream();
        bytes.writeBytes(PREFACE);
        for (int i = random.nextInt(6); i >= 0; i--) {
            byte[] content = noise(random, random.nextInt(64));
            int length = random.nextInt(4) == 0 ? random.nextInt(1 << 24) : content.length;
            bytes.writeBytes(new byte[] {
                (byte) (length >>> 16),
                (byte) (length >>> 8),
                (byte) length,
                (byte) random.nextInt(FRAME_TYPES),
                (byte) random.nextInt(),
                0,
                0,
                0,
                (byte) random.nextInt(8)
            });
            bytes.writeBytes(content);
        }
        return bytes.toByteArray();
    }

    /** As TLS begins. */
    private static byte[] clientHello(Random random) {
        byte[] hello = noise(random, 200);
        byte[] head = {0x16, 3, 1, 0, (byte) (hello.length - 5), 1};
        System.arraycopy(head, 0, hello, 0, head.length);
        return hello;
    }

    private static String manyHeaders(Random random) {
        StringBuilder headers = new StringBuilder();
        for (int i = random.nextInt(500); i >= 0; i--) {
            headers.append("X-")
                    .append(i)
                    .append(": ")
                    .append("v".repeat(random.nextInt(200)))
                    .append("\r\n");
        }
        return headers.toString();
    }

    private static byte[] oddRequest(Random random) {
        return switch (random.nextInt(5)) {
            case 0 -> text("GET /" + "a".repeat(20_000) + " HTTP/1.1\r\n\r\n");
            case 1 -> text("GET /livez HTTP/9.9\r\n\r\n");
            case 2 -> text("POST /metrics HTTP/1.1\r\nContent-Length: 99999999999999999999\r\n\r\n");
            case 3 -> text("POST /readyz HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nFFFFFFFFFFFFFFFF\r\n");
            default -> text("GET /%ZZ/../..//\u0000 HTTP/1.1\r\nHost: a\r\nHost: b\r\n\r\n");
        };
    }

    private static byte[] noise(Random random, int length) {
        byte[] bytes = new byte[length];
        random.nextBytes(bytes);
        return bytes;
    }

    private static byte[] text(String text) {
        return text.getBytes(StandardCharsets.ISO_8859_1);
    }
}
