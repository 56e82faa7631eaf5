package dev.entente.server.http;

import java.util.Map;

/**
 * A page or file for a browser.
 *
 * @param status of HTTP
 * @param type of its content
 * @param headers beside type and length
 */
public record WebAnswer(int status, String type, Map<String, String> headers, String text) {}
