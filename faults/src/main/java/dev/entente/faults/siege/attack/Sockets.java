package dev.entente.faults.siege.attack;

import java.io.IOException;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.List;
import org.jspecify.annotations.Nullable;

/** Connections that cost the attacker next to nothing and are held open. */
final class Sockets {
    /** Beyond what one address may have. */
    private static final int SILENT = 2000;

    private static final int SLOW = 500;
    /** Half seconds before all are opened anew. */
    private static final int TURNS = 30;

    private static final String REQUEST = "GET /metrics HTTP/1.1\r\nhost: localhost\r\n";

    private Sockets() {}

    static List<Attack> all() {
        return List.of(
                Attack.plain("grpc-silent", (front, raid) -> hold(front.grpcPort(), SILENT, raid, null)),
                Attack.plain(
                        "grpc-slow-greeting", (front, raid) -> hold(front.grpcPort(), SLOW, raid, "PRI * HTTP/2.0")),
                Attack.plain("http-silent", (front, raid) -> hold(front.httpPort(), SILENT, raid, null)),
                Attack.plain("http-slow-head", (front, raid) -> hold(front.httpPort(), SLOW, raid, REQUEST)),
                Attack.plain("http-unread", Sockets::unread));
    }

    /**
     * Opens so many from one address and keeps them for a while, again and again.
     *
     * @param drip sent byte after byte, one every half second, round and round; null = nothing
     */
    private static void hold(int port, int count, Raid raid, @Nullable String drip) throws Exception {
        byte[] bytes = drip == null ? new byte[0] : drip.getBytes(StandardCharsets.US_ASCII);
        while (raid.goesOn()) {
            List<Socket> held = new ArrayList<>();
            try {
                for (int i = 0; i < count && raid.goesOn(); i++) {
                    held.add(RawHttp2.dial(1, port));
                    raid.tried();
                }
                for (int turn = 0; turn < TURNS && raid.goesOn(); turn++) {
                    int next = turn;
                    held.removeIf(socket -> !isSent(socket, bytes, next));
                    Thread.sleep(500);
                }
            } catch (IOException refused) {
                Thread.sleep(500);
            } finally {
                closeAll(held);
            }
        }
    }

    private static boolean isSent(Socket socket, byte[] bytes, int turn) {
        try {
            if (bytes.length > 0) {
                socket.getOutputStream().write(bytes[turn % bytes.length]);
            }
            return true;
        } catch (IOException closed) {
            return false;
        }
    }

    /** Asks for the largest answer that there is, again and again, and reads none. */
    private static void unread(Front front, Raid raid) throws InterruptedException {
        byte[] request = (REQUEST + "\r\n").getBytes(StandardCharsets.US_ASCII);
        Together.of(300, raid, number -> {
            while (raid.goesOn()) {
                try (Socket socket = RawHttp2.dial(number % 3, front.httpPort())) {
                    raid.tried();
                    socket.setReceiveBufferSize(4096);
                    for (int i = 0; i < 200 && raid.goesOn(); i++) {
                        socket.getOutputStream().write(request);
                        Thread.sleep(20);
                    }
                } catch (IOException refused) {
                    Thread.sleep(100);
                }
            }
        });
    }

    private static void closeAll(List<Socket> held) throws IOException {
        for (Socket socket : held) {
            socket.close();
        }
    }
}
