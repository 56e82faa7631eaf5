package dev.entente.torture.siege.attack;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.concurrent.ThreadLocalRandom;

/** A participant over HTTP with endless answers, redirects, or answers letter by letter. Thread-safe. */
final class HostileHttpParticipant {
    private static final int REQUEST_BYTES = 8192;
    private static final int VARIANTS = 5;

    private final int elsewhere;
    private final AttackRun attackRun;

    /**
     * Answers while the attack run continues.
     *
     * @param elsewhere the target port of redirects
     */
    HostileHttpParticipant(int elsewhere, AttackRun attackRun) {
        this.elsewhere = elsewhere;
        this.attackRun = attackRun;
    }

    void answer(Socket client) throws IOException, InterruptedException {
        if (client.getInputStream().read(new byte[REQUEST_BYTES]) < 0) {
            return;
        }
        OutputStream out = client.getOutputStream();
        switch (ThreadLocalRandom.current().nextInt(VARIANTS)) {
            case 0 -> {
                write(out, "HTTP/1.1 200 OK\r\n");
                repeat(out, "x-more: " + "a".repeat(1000) + "\r\n");
            }
            case 1 -> {
                write(out, "HTTP/1.1 200 OK\r\ntransfer-encoding: chunked\r\n\r\n");
                repeat(out, "400\r\n" + "b".repeat(0x400) + "\r\n");
            }
            case 2 -> {
                write(out, "HTTP/1.1 200 OK\r\ncontent-length: 1000\r\n\r\n");
                for (int i = 0; i < 1000 && attackRun.goesOn(); i++) {
                    write(out, "c");
                    Thread.sleep(100);
                }
            }
            case 3 -> repeat(out, "HTTP/1.1 100 Continue\r\n\r\n");
            default ->
                write(
                        out,
                        "HTTP/1.1 307 Temporary Redirect\r\nlocation: http://127.0.0.1:" + elsewhere
                                + "/\r\ncontent-length: 0\r\n\r\n");
        }
    }

    private void repeat(OutputStream out, String text) throws IOException {
        while (attackRun.goesOn()) {
            write(out, text);
        }
    }

    private static void write(OutputStream out, String text) throws IOException {
        out.write(text.getBytes(StandardCharsets.US_ASCII));
    }
}
