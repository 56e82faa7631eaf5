package dev.entente.backends;

import java.io.BufferedReader;
import java.io.IOException;
import java.io.InputStreamReader;
import java.net.InetAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.util.List;

/** A Redis from Debian's package that writes each change to its append-only file before it answers. */
public final class RedisServer extends Backend {
    /** The required program. */
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
                // Redis writes before it answers, but does not wait for a flush to disk.
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
            // While Redis loads its stored data, it answers -LOADING.
            return "+PONG"
                    .equals(new BufferedReader(
                                    new InputStreamReader(socket.getInputStream(), StandardCharsets.US_ASCII))
                            .readLine());
        } catch (IOException notYet) {
            return false;
        }
    }
}
