package dev.entente.server.cli.text;

import java.io.IOException;
import java.io.InputStream;
import java.net.InetSocketAddress;
import java.net.Socket;
import java.nio.charset.StandardCharsets;
import java.security.cert.CertificateException;
import javax.net.ssl.SSLException;
import javax.net.ssl.SSLHandshakeException;
import javax.net.ssl.SSLSocket;
import javax.net.ssl.SSLSocketFactory;

/**
 * Finds out what speaks at a port that gave no answer over gRPC. Sends nothing of anybody's; blocks for some seconds at
 * most.
 */
enum PortProbe {
    TLS,
    HTTP,
    OTHER;

    private static final int PATIENCE_MILLIS = 2000;

    static PortProbe of(String address) {
        int colon = address.lastIndexOf(':');
        try {
            String host = address.substring(0, colon).replaceAll("[\\[\\]]", "");
            InetSocketAddress at = new InetSocketAddress(host, Integer.parseInt(address.substring(colon + 1)));
            return speaksTls(at) ? TLS : speaksHttp(at) ? HTTP : OTHER;
        } catch (IOException | IllegalArgumentException | IndexOutOfBoundsException silent) {
            return OTHER;
        }
    }

    private static Socket connect(InetSocketAddress at) throws IOException {
        Socket socket = new Socket();
        socket.connect(at, PATIENCE_MILLIS);
        socket.setSoTimeout(PATIENCE_MILLIS);
        return socket;
    }

    /** Tells whether the server speaks TLS. One that shows a certificate does, trusted or not. */
    private static boolean speaksTls(InetSocketAddress at) throws IOException {
        SSLSocketFactory factory = (SSLSocketFactory) SSLSocketFactory.getDefault();
        try (Socket plain = connect(at);
                SSLSocket encrypted = (SSLSocket) factory.createSocket(plain, at.getHostString(), at.getPort(), true)) {
            encrypted.startHandshake();
            return true;
        } catch (SSLHandshakeException untrusted) {
            return encryptedAnswer(untrusted);
        } catch (SSLException plainText) {
            return false;
        } catch (IOException closed) {
            return false;
        }
    }

    /** A peer that hangs up in the middle is told as a failed handshake, too. */
    private static boolean encryptedAnswer(SSLHandshakeException failed) {
        return failed.getCause() instanceof CertificateException
                || String.valueOf(failed.getMessage()).contains("alert");
    }

    private static boolean speaksHttp(InetSocketAddress at) throws IOException {
        try (Socket socket = connect(at)) {
            socket.getOutputStream().write("HEAD / HTTP/1.0\r\n\r\n".getBytes(StandardCharsets.US_ASCII));
            socket.getOutputStream().flush();
            InputStream in = socket.getInputStream();
            return new String(in.readNBytes(7), StandardCharsets.US_ASCII).equals("HTTP/1.");
        }
    }
}
