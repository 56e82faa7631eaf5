package dev.entente.faults.siege.attack;

import java.io.IOException;
import java.io.OutputStream;
import java.net.Socket;
import java.util.concurrent.ThreadLocalRandom;

/** A participant that speaks no HTTP/2, or nothing but it. */
final class RudeWire {
    private static final int NOISE_BYTES = 64 << 10;
    private static final int FRAMES = 200_000;
    private static final int WAYS = 4;

    private RudeWire() {}

    static void speak(Socket client) throws IOException, InterruptedException {
        OutputStream out = client.getOutputStream();
        switch (ThreadLocalRandom.current().nextInt(WAYS)) {
            case 0 -> {
                byte[] noise = new byte[NOISE_BYTES];
                ThreadLocalRandom.current().nextBytes(noise);
                out.write(noise);
            }
            case 1 -> flood(out, RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, new byte[0]));
            case 2 -> {
                out.write(RawHttp2.frame(RawHttp2.SETTINGS, 0, 0, new byte[0]));
                flood(out, RawHttp2.frame(RawHttp2.PING, 0, 0, new byte[8]));
            }
            default -> Thread.sleep(2000);
        }
    }

    private static void flood(OutputStream out, byte[] frame) throws IOException {
        for (int i = 0; i < FRAMES; i++) {
            out.write(frame);
        }
    }
}
