package dev.entente.backends;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A Redis of Debian's package, which keeps each change before it answers. */
public final class RedisServer extends Backend {
    /** The program that it takes. */
    public static final DebianProgram PROGRAM = new DebianProgram("redis-server", "redis-server");

    private static final int LONGEST_ANSWER_MILLIS = 2000;

    public RedisServer() throws IOException {
        super("redis");
    }

    @Override
    List<String> command() throws IOException {
        return List.of(
                PROGRAM.path().toString(),
                "--port",
                Integer.toString(port()),
                "--bind",
                "127.0.0.1",
                "--save",
                "",
                "--appendonly",
                "yes",
                // Written before the answer, as ever; the disk itself is not waited for.
                "--appendfsync",
                "no",
                "--dir",
                folder().toString());
    }

    @Override
    boolean answers() {
        try (Socket socket = new Socket(InetAddress.getLoopbackAddress(), port())) {
            socket.setSoTimeout(LONGEST_ANSWER_MILLIS);
            socket.getOutputStream().write("PING\r\n".getBytes(StandardCharsets.US_ASCII));
            // While it reads what it has kept it answers -LOADING.
            return "+PONG"
                    .equals(new BufferedReader(
                                    new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine());
        } catch (IOException notYet) {
            return false;
        }
    }
}
