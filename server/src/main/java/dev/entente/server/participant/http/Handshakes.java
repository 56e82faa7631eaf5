package dev.entente.server.participant.http;

import java.security.KeyManagementException;
import java.security.SecureRandom;
import java.util.concurrent.Executor;
import javax.net.ssl.KeyManager;
import javax.net.ssl.SSLContext;
import javax.net.ssl.SSLContextSpi;
import javax.net.ssl.SSLEngine;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLParameters;
import javax.net.ssl.SSLServerSocketFactory;
import javax.net.ssl.SSLSessionContext;
import javax.net.ssl.SSLSocketFactory;
import javax.net.ssl.TrustManager;

/**
 * Tells each HTTP call of the TLS handshake that is made for it: its clock must not start before. The HTTP client tells
 * nobody, but makes the engine of a new connection in a task that belongs to the call.
 */
public final class Handshakes {
    private static final ScopedValue<Listener> CALL = ScopedValue.newInstance();

    private Handshakes() {}

    /** A call that a connection may be made for. */
    public interface Listener {
        void handshakeBegins();

        /**
         * Nothing of the request has left yet.
         *
         * @throws SSLException if it must not
         */
        void handshakeDone() throws SSLException;
    }

    /** Runs what begins that call. */
    public static void of(Listener call, Runnable beginning) {
        ScopedValue.where(CALL, call).run(beginning);
    }

    /** The same executor; a task belongs to the call that its giver worked for. */
    public static Executor passingOn(Executor executor) {
        return task -> executor.execute(CALL.isBound() ? bound(CALL.get(), task) : task);
    }

    private static Runnable bound(Listener call, Runnable task) {
        return () -> of(call, task);
    }

    /** The same context; its client engines tell the call that they are made for. */
    public static SSLContext telling(SSLContext context) {
        return new Telling(context);
    }

    private static final class Telling extends SSLContext {
        private Telling(SSLContext context) {
            super(new Spi(context), context.getProvider(), context.getProtocol());
        }
    }

    private static final class Spi extends SSLContextSpi {
        private final SSLContext context;

        private Spi(SSLContext context) {
            this.context = context;
        }

        private static SSLEngine told(SSLEngine engine) {
            if (!CALL.isBound()) {
                return engine;
            }
            Listener call = CALL.get();
            call.handshakeBegins();
            return new TellingEngine(engine, call);
        }

        @Override
        protected SSLEngine engineCreateSSLEngine() {
            return told(context.createSSLEngine());
        }

        @Override
        protected SSLEngine engineCreateSSLEngine(String host, int port) {
            return told(context.createSSLEngine(host, port));
        }

        @Override
        protected void engineInit(KeyManager[] keys, TrustManager[] trusted, SecureRandom random)
                throws KeyManagementException {
            throw new KeyManagementException("it is made");
        }

        @Override
        protected SSLSocketFactory engineGetSocketFactory() {
            return context.getSocketFactory();
        }

        @Override
        protected SSLServerSocketFactory engineGetServerSocketFactory() {
            return context.getServerSocketFactory();
        }

        @Override
        protected SSLSessionContext engineGetServerSessionContext() {
            return context.getServerSessionContext();
        }

        @Override
        protected SSLSessionContext engineGetClientSessionContext() {
            return context.getClientSessionContext();
        }

        @Override
        protected SSLParameters engineGetDefaultSSLParameters() {
            return context.getDefaultSSLParameters();
        }

        @Override
        protected SSLParameters engineGetSupportedSSLParameters() {
            return context.getSupportedSSLParameters();
        }
    }
}
