package dev.entente.server.participant.http;

import java.io.EOFException;
import java.io.IOException;
import java.net.SocketTimeoutException;
import java.nio.ByteBuffer;
import java.nio.channels.ClosedChannelException;
import java.util.Map;
import java.util.Objects;
import java.util.concurrent.TimeUnit;
import java.util.concurrent.TimeoutException;
import java.util.concurrent.atomic.AtomicBoolean;
import org.eclipse.jetty.client.Connection;
import org.eclipse.jetty.client.Destination;
import org.eclipse.jetty.client.HttpClient;
import org.eclipse.jetty.client.transport.HttpDestination;
import org.eclipse.jetty.client.transport.HttpExchange;
import org.eclipse.jetty.client.transport.internal.HttpChannelOverHTTP;
import org.eclipse.jetty.client.transport.internal.HttpConnectionOverHTTP;
import org.eclipse.jetty.client.transport.internal.HttpReceiverOverHTTP;
import org.eclipse.jetty.http.HttpStatus;
import org.eclipse.jetty.http.HttpVersion;
import org.eclipse.jetty.io.EndPoint;
import org.eclipse.jetty.io.ssl.SslConnection.SslEndPoint;
import org.eclipse.jetty.io.ssl.SslHandshakeListener;
import org.eclipse.jetty.util.BufferUtil;
import org.eclipse.jetty.util.Promise;
import org.eclipse.jetty.util.thread.Scheduler;
import org.jspecify.annotations.Nullable;

/**
 * One connection to a participant. The connection gets a call only after its TLS handshake, and after all received
 * bytes were read. Unrequested bytes close the connection, so they cannot become the response to the next call.
 */
final class ParticipantConnection extends HttpConnectionOverHTTP implements SslHandshakeListener {
    private final HttpClient client;
    private final Promise<Connection> made;
    private final AtomicBoolean isMade = new AtomicBoolean();
    private volatile boolean isSecured;
    /** The reason of a failed handshake. Stored, because Jetty closes the connection before it reports the reason. */
    private volatile @Nullable Throwable unsecured;

    private Scheduler.@Nullable Task deadline;
    /** True if all received bytes were read. */
    private boolean isRead;
    /** True if the release to the next call waits for {@link #isRead}. */
    private boolean isDue;
    /** True if unrequested bytes have arrived: the next release closes the connection. */
    private volatile boolean isOver;
    /** Has no initializer, because the superclass constructor sets this field. An initializer would reset the field. */
    private @Nullable Receiver receiver;

    ParticipantConnection(EndPoint endPoint, Map<String, Object> context) {
        this(
                endPoint,
                (HttpDestination) Objects.requireNonNull(context.get(Destination.CONTEXT_KEY)),
                promise(context));
    }

    private ParticipantConnection(EndPoint endPoint, HttpDestination destination, Promise<Connection> made) {
        super(endPoint, destination, made);
        this.client = destination.getHttpClient();
        this.made = made;
    }

    @SuppressWarnings("unchecked")
    private static Promise<Connection> promise(Map<String, Object> context) {
        return (Promise<Connection>) Objects.requireNonNull(context.get(Connection.PROMISE_CONTEXT_KEY));
    }

    // ---- TLS handshake

    @Override
    public void onOpen() {
        if (getEndPoint() instanceof SslEndPoint encrypted) {
            encrypted.getSslConnection().addHandshakeListener(this);
            deadline = client.getScheduler()
                    .schedule(
                            () -> fail(new SocketTimeoutException("no TLS handshake in time")),
                            client.getConnectTimeout(),
                            TimeUnit.MILLISECONDS);
            goOn();
        } else {
            open();
        }
    }

    private void goOn() {
        try {
            getEndPoint().flush(BufferUtil.EMPTY_BUFFER);
            int read = 1;
            while (read > 0 && !isSecured) {
                read = getEndPoint().fill(BufferUtil.EMPTY_BUFFER);
            }
            if (isSecured) {
                open();
            } else if (read < 0) {
                fail(new EOFException("the connection ended during the TLS handshake"));
            } else {
                super.fillInterested();
            }
        } catch (IOException | RuntimeException failed) {
            fail(failed);
        }
    }

    @Override
    public void handshakeSucceeded(Event event) {
        isSecured = true;
    }

    @Override
    public void handshakeFailed(Event event, Throwable failure) {
        unsecured = failure;
    }

    private void open() {
        if (isMade.compareAndSet(false, true)) {
            cancelDeadline();
            super.onOpen();
        }
    }

    private void fail(Throwable failure) {
        if (isMade.compareAndSet(false, true)) {
            cancelDeadline();
            made.failed(Objects.requireNonNullElse(unsecured, failure));
            close(failure);
        }
    }

    private void cancelDeadline() {
        if (deadline != null) {
            deadline.cancel();
        }
    }

    @Override
    public void onClose(@Nullable Throwable cause) {
        super.onClose(cause);
        fail(cause == null ? new ClosedChannelException() : cause);
    }

    @Override
    public boolean onIdleExpired(TimeoutException idle) {
        return isMade.get() && super.onIdleExpired(idle);
    }

    // ---- between two calls

    @Override
    public void onFillable() {
        if (!isMade.get()) {
            goOn();
            return;
        }
        synchronized (this) {
            isRead = false;
        }
        super.onFillable();
    }

    @Override
    public void fillInterested() {
        super.fillInterested();
        boolean wasDue;
        synchronized (this) {
            isRead = true;
            wasDue = isDue;
            isDue = false;
        }
        if (wasDue) {
            super.release();
        }
    }

    @Override
    public void release() {
        if (isOver) {
            close();
            return;
        }
        synchronized (this) {
            isDue = !isRead;
            if (isDue) {
                return;
            }
        }
        super.release();
    }

    @Override
    protected HttpChannelOverHTTP newHttpChannel() {
        return new HttpChannelOverHTTP(this) {
            @Override
            protected HttpReceiverOverHTTP newHttpReceiver() {
                receiver = new Receiver(this);
                return receiver;
            }
        };
    }

    @Override
    protected void addBytesIn(long read) {
        super.addBytesIn(read);
        if (receiver != null) {
            receiver.received();
        }
    }

    /** Reads one response after another. */
    private final class Receiver extends HttpReceiverOverHTTP {
        private boolean hasStatus;

        Receiver(HttpChannelOverHTTP channel) {
            super(channel);
        }

        /**
         * Called when unparsed bytes have arrived. Jetty rejects a reason phrase that begins with a non-ASCII byte,
         * which RFC 9112 allows (section 4). The phrase is not used, so its bytes are replaced.
         */
        void received() {
            ByteBuffer read = getResponseBuffer();
            if (hasStatus || read == null) {
                return;
            }
            for (int i = read.position(); i < read.limit() && read.get(i) != '\n'; i++) {
                if (read.get(i) < 0) {
                    read.put(i, (byte) '?');
                }
            }
        }

        @Override
        public void startResponse(HttpVersion version, int status, String reason) {
            hasStatus = true;
            super.startResponse(version, status, reason);
        }

        @Override
        protected void onInterim() {
            hasStatus = false;
            received();
            super.onInterim();
        }

        @Override
        public boolean messageComplete() {
            HttpExchange exchange = getHttpExchange();
            ByteBuffer read = getResponseBuffer();
            isOver |= exchange != null
                    && read != null
                    && read.hasRemaining()
                    && !HttpStatus.isInterim(exchange.getResponse().getStatus());
            hasStatus = false;
            received();
            return super.messageComplete();
        }
    }
}
