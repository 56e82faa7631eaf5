package dev.entente.server.store.audit.sink;

import java.io.ByteArrayOutputStream;
import java.io.IOException;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.net.SocketTimeoutException;
import java.net.UnknownHostException;
import java.nio.charset.StandardCharsets;
import java.time.Duration;
import java.util.List;
import java.util.concurrent.CompletableFuture;
import java.util.concurrent.TimeUnit;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;
import org.jspecify.annotations.Nullable;

/**
 * Sends messages of RFC 5424 over one connection, each behind its length: RFC 6587 over TCP, RFC 5425 over TLS. Syslog
 * knows no answer: a message counts as taken when it was written to a connection that the server has not closed.
 */
public final class SyslogSink implements AuditSink {
    /** How long a connection, and then a write, may take. */
    static final Duration PATIENCE = Duration.ofSeconds(5);

    private static final int AUDIT_FACILITY = 13;
    private static final int WARNING = 4;
    private static final int NOTICE = 5;
    private static final int LOOK_MILLIS = 1;
    private static final int MAX_HOST = 255;
    private static final int MAX_ACT = 32;

    /** Gives what encrypts a connection; asked for each, because certificates change. */
    public interface Encryption {
        /** @throws IOException if its files cannot be read, or are of no use */
        SSLSocketFactory factory() throws IOException;
    }

    private final String host;
    private final int port;
    private final @Nullable Encryption tls;
    private final String from;
    private volatile @Nullable Socket open;

    /**
     * @param tls null for plaintext; the server's certificate must be for that host
     * @param node this coordinator's, which messages have as their host
     */
    public SyslogSink(String host, int port, @Nullable Encryption tls, String node) {
        this.host = host;
        this.port = port;
        this.tls = tls;
        this.from = word(node, MAX_HOST) + " entente " + ProcessHandle.current().pid();
    }

    @Override
    public String name() {
        return "syslog";
    }

    @Override
    public void take(List<SinkLine> lines) throws IOException {
        ByteArrayOutputStream frames = new ByteArrayOutputStream();
        lines.forEach(line -> frames.writeBytes(frame(line)));
        try {
            Socket socket = connected();
            CompletableFuture<Void> written = new CompletableFuture<>();
            var _ = written.orTimeout(PATIENCE.toMillis(), TimeUnit.MILLISECONDS)
                    .exceptionally(_ -> {
                        closeQuietly(socket);
                        return null;
                    });
            try {
                socket.getOutputStream().write(frames.toByteArray());
                socket.getOutputStream().flush();
            } finally {
                written.complete(null);
            }
            look(socket);
        } catch (IOException failed) {
            close();
            throw failed;
        }
    }

    /** {@code 178 <109>1 2026-11-23T10:00:00.000000Z node-a entente 42 retry - {"link":…}}. */
    private byte[] frame(SinkLine line) {
        int priority = AUDIT_FACILITY * 8 + (line.isRefusal() ? WARNING : NOTICE);
        String message = "<" + priority + ">1 " + SinkLine.time(line.at()) + " " + from + " "
                + word(line.act(), MAX_ACT) + " - " + line.json();
        byte[] bytes = message.getBytes(StandardCharsets.UTF_8);
        ByteArrayOutputStream frame = new ByteArrayOutputStream();
        frame.writeBytes((bytes.length + " ").getBytes(StandardCharsets.US_ASCII));
        frame.writeBytes(bytes);
        return frame.toByteArray();
    }

    /** A field of the header is printable ASCII without a blank. */
    private static String word(String text, int most) {
        String word = text.replaceAll("[^!-~]", "-");
        return word.isEmpty() ? "-" : word.substring(0, Math.min(most, word.length()));
    }

    private Socket connected() throws IOException {
        Socket before = open;
        if (before != null) {
            try {
                look(before);
                return before;
            } catch (IOException _) {
                close(); // It was closed while there was nothing to say.
            }
        }
        Socket socket = connect();
        open = socket;
        return socket;
    }

    private Socket connect() throws IOException {
        Socket plain = new Socket();
        try {
            InetSocketAddress address = new InetSocketAddress(host, port);
            if (address.isUnresolved()) {
                throw new UnknownHostException(host);
            }
            plain.connect(address, (int) PATIENCE.toMillis());
            plain.setSoTimeout((int) PATIENCE.toMillis());
            Socket ready = tls == null ? plain : encrypted(plain, tls.factory());
            ready.setSoTimeout(LOOK_MILLIS);
            return ready;
        } catch (IOException | RuntimeException failed) {
            closeQuietly(plain);
            throw failed;
        }
    }

    private Socket encrypted(Socket plain, SSLSocketFactory factory) throws IOException {
        SSLSocket socket = (SSLSocket) factory.createSocket(plain, host, port, true);
        SSLParameters parameters = socket.getSSLParameters();
        parameters.setEndpointIdentificationAlgorithm("HTTPS");
        socket.setSSLParameters(parameters);
        socket.startHandshake();
        return socket;
    }

    /** A syslog server never says anything; that it has closed the connection shows where one reads. */
    private static void look(Socket socket) throws IOException {
        try {
            if (socket.getInputStream().read() < 0) {
                throw new IOException("the server has closed the connection");
            }
        } catch (SocketTimeoutException _) {
            // It is open.
        }
    }

    @Override
    public void close() {
        Socket socket = open;
        open = null;
        if (socket != null) {
            closeQuietly(socket);
        }
    }

    private static void closeQuietly(Socket socket) {
        try {
            socket.close();
        } catch (IOException _) {
            // It is of no use any more.
        }
    }
}
