/*eslint-disable block-scoped-var, id-length, no-control-regex, no-magic-numbers, no-mixed-operators, no-prototype-builtins, no-redeclare, no-shadow, no-var, sort-vars, default-case, jsdoc/require-param*/
import $protobuf from "protobufjs/minimal.js";

// Common aliases
const $Reader = $protobuf.Reader, $Writer = $protobuf.Writer, $util = $protobuf.util;
const $Object = $util.global.Object, $undefined = $util.global.undefined, $Error = $util.global.Error, $RangeError = $util.global.RangeError;

// Exported root namespace
const $root = $protobuf.roots["penstock"] || ($protobuf.roots["penstock"] = {});

export const penstock = $root.penstock = (() => {

    /**
     * Namespace penstock.
     * @exports penstock
     * @namespace
     */
    const penstock = {};

    penstock.v1 = (function() {

        /**
         * Namespace v1.
         * @memberof penstock
         * @namespace
         */
        const v1 = {};

        v1.Envelope = (function() {

            /**
             * Properties of an Envelope.
             * @typedef {Object} penstock.v1.Envelope.$Properties
             * @property {number|null} [schema] Envelope schema
             * @property {number|null} [version] Envelope version
             * @property {Uint8Array|null} [digest] Envelope digest
             * @property {Uint8Array|null} [content] Envelope content
             * @property {number|null} [publishedMs] Envelope publishedMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Envelope.
             * @memberof penstock.v1
             * @interface IEnvelope
             * @augments penstock.v1.Envelope.$Properties
             * @deprecated Use penstock.v1.Envelope.$Properties instead.
             */

            /**
             * Shape of an Envelope.
             * @typedef {penstock.v1.Envelope.$Properties} penstock.v1.Envelope.$Shape
             */

            /**
             * Constructs a new Envelope.
             * @memberof penstock.v1
             * @classdesc Represents an Envelope.
             * @constructor
             * @param {penstock.v1.Envelope.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Envelope = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Envelope schema.
             * @member {number} schema
             * @memberof penstock.v1.Envelope
             * @instance
             */
            Envelope.prototype.schema = 0;

            /**
             * Envelope version.
             * @member {number} version
             * @memberof penstock.v1.Envelope
             * @instance
             */
            Envelope.prototype.version = 0;

            /**
             * Envelope digest.
             * @member {Uint8Array} digest
             * @memberof penstock.v1.Envelope
             * @instance
             */
            Envelope.prototype.digest = $util.newBuffer([]);

            /**
             * Envelope content.
             * @member {Uint8Array} content
             * @memberof penstock.v1.Envelope
             * @instance
             */
            Envelope.prototype.content = $util.newBuffer([]);

            /**
             * Envelope publishedMs.
             * @member {number} publishedMs
             * @memberof penstock.v1.Envelope
             * @instance
             */
            Envelope.prototype.publishedMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Encodes the specified Envelope message. Does not implicitly {@link penstock.v1.Envelope.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Envelope
             * @static
             * @param {penstock.v1.Envelope.$Properties} message Envelope message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Envelope.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.schema != null && $Object.hasOwnProperty.call(message, "schema") && message.schema !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.schema);
                if (message.version != null && $Object.hasOwnProperty.call(message, "version") && message.version !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.version);
                if (message.digest != null && $Object.hasOwnProperty.call(message, "digest") && message.digest.length)
                    writer.uint32(/* id 3, wireType 2 =*/26).bytes(message.digest);
                if (message.content != null && $Object.hasOwnProperty.call(message, "content") && message.content.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).bytes(message.content);
                if (message.publishedMs != null && $Object.hasOwnProperty.call(message, "publishedMs") && (typeof message.publishedMs === "object" ? message.publishedMs.low || message.publishedMs.high : message.publishedMs !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.publishedMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Envelope message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Envelope
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Envelope & penstock.v1.Envelope.$Shape} Envelope
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Envelope.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Envelope();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.schema = value;
                            else
                                delete message.schema;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.version = value;
                            else
                                delete message.version;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.digest = value;
                            else
                                delete message.digest;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.content = value;
                            else
                                delete message.content;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.publishedMs = value;
                            else
                                delete message.publishedMs;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Envelope;
        })();

        v1.Snapshot = (function() {

            /**
             * Properties of a Snapshot.
             * @typedef {Object} penstock.v1.Snapshot.$Properties
             * @property {Array.<penstock.v1.Listener.$Properties>|null} [listeners] Snapshot listeners
             * @property {penstock.v1.Limits.$Properties|null} [limits] Snapshot limits
             * @property {penstock.v1.Timeouts.$Properties|null} [timeouts] Snapshot timeouts
             * @property {Array.<string>|null} [trustedProxies] Snapshot trustedProxies
             * @property {string|null} [accessLog] Snapshot accessLog
             * @property {number|null} [httpsPort] Snapshot httpsPort
             * @property {penstock.v1.RouteTable.$Properties|null} [routeTable] Snapshot routeTable
             * @property {penstock.v1.Packed.$Properties|null} [routes] Snapshot routes
             * @property {penstock.v1.Packed.$Properties|null} [services] Snapshot services
             * @property {penstock.v1.Packed.$Properties|null} [certificates] Snapshot certificates
             * @property {penstock.v1.Packed.$Properties|null} [serverNames] Snapshot serverNames
             * @property {number|null} [defaultCertificate] Snapshot defaultCertificate
             * @property {penstock.v1.LogFormat|null} [logFormat] Snapshot logFormat
             * @property {Array.<string>|null} [files] Snapshot files
             * @property {Uint8Array|null} [serverNameCertificates] Snapshot serverNameCertificates
             * @property {penstock.v1.Engine|null} [engine] Snapshot engine
             * @property {boolean|null} [http2] Snapshot http2
             * @property {penstock.v1.Packed.$Properties|null} [upstreamTls] Snapshot upstreamTls
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Snapshot.
             * @memberof penstock.v1
             * @interface ISnapshot
             * @augments penstock.v1.Snapshot.$Properties
             * @deprecated Use penstock.v1.Snapshot.$Properties instead.
             */

            /**
             * Shape of a Snapshot.
             * @typedef {penstock.v1.Snapshot.$Properties} penstock.v1.Snapshot.$Shape
             */

            /**
             * Constructs a new Snapshot.
             * @memberof penstock.v1
             * @classdesc Represents a Snapshot.
             * @constructor
             * @param {penstock.v1.Snapshot.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Snapshot = function (properties) {
                this.listeners = [];
                this.trustedProxies = [];
                this.files = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Snapshot listeners.
             * @member {Array.<penstock.v1.Listener.$Properties>} listeners
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.listeners = $util.emptyArray;

            /**
             * Snapshot limits.
             * @member {penstock.v1.Limits.$Properties|null|undefined} limits
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.limits = null;

            /**
             * Snapshot timeouts.
             * @member {penstock.v1.Timeouts.$Properties|null|undefined} timeouts
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.timeouts = null;

            /**
             * Snapshot trustedProxies.
             * @member {Array.<string>} trustedProxies
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.trustedProxies = $util.emptyArray;

            /**
             * Snapshot accessLog.
             * @member {string} accessLog
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.accessLog = "";

            /**
             * Snapshot httpsPort.
             * @member {number} httpsPort
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.httpsPort = 0;

            /**
             * Snapshot routeTable.
             * @member {penstock.v1.RouteTable.$Properties|null|undefined} routeTable
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.routeTable = null;

            /**
             * Snapshot routes.
             * @member {penstock.v1.Packed.$Properties|null|undefined} routes
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.routes = null;

            /**
             * Snapshot services.
             * @member {penstock.v1.Packed.$Properties|null|undefined} services
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.services = null;

            /**
             * Snapshot certificates.
             * @member {penstock.v1.Packed.$Properties|null|undefined} certificates
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.certificates = null;

            /**
             * Snapshot serverNames.
             * @member {penstock.v1.Packed.$Properties|null|undefined} serverNames
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.serverNames = null;

            /**
             * Snapshot defaultCertificate.
             * @member {number} defaultCertificate
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.defaultCertificate = 0;

            /**
             * Snapshot logFormat.
             * @member {penstock.v1.LogFormat} logFormat
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.logFormat = 0;

            /**
             * Snapshot files.
             * @member {Array.<string>} files
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.files = $util.emptyArray;

            /**
             * Snapshot serverNameCertificates.
             * @member {Uint8Array} serverNameCertificates
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.serverNameCertificates = $util.newBuffer([]);

            /**
             * Snapshot engine.
             * @member {penstock.v1.Engine} engine
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.engine = 0;

            /**
             * Snapshot http2.
             * @member {boolean} http2
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.http2 = false;

            /**
             * Snapshot upstreamTls.
             * @member {penstock.v1.Packed.$Properties|null|undefined} upstreamTls
             * @memberof penstock.v1.Snapshot
             * @instance
             */
            Snapshot.prototype.upstreamTls = null;

            /**
             * Encodes the specified Snapshot message. Does not implicitly {@link penstock.v1.Snapshot.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Snapshot
             * @static
             * @param {penstock.v1.Snapshot.$Properties} message Snapshot message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Snapshot.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.listeners != null && message.listeners.length)
                    for (let i = 0; i < message.listeners.length; ++i)
                        $root.penstock.v1.Listener.encode(message.listeners[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.limits != null && $Object.hasOwnProperty.call(message, "limits"))
                    $root.penstock.v1.Limits.encode(message.limits, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.timeouts != null && $Object.hasOwnProperty.call(message, "timeouts"))
                    $root.penstock.v1.Timeouts.encode(message.timeouts, writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.trustedProxies != null && message.trustedProxies.length)
                    for (let i = 0; i < message.trustedProxies.length; ++i)
                        writer.uint32(/* id 4, wireType 2 =*/34).string(message.trustedProxies[i]);
                if (message.accessLog != null && $Object.hasOwnProperty.call(message, "accessLog") && message.accessLog !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.accessLog);
                if (message.httpsPort != null && $Object.hasOwnProperty.call(message, "httpsPort") && message.httpsPort !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.httpsPort);
                if (message.routeTable != null && $Object.hasOwnProperty.call(message, "routeTable"))
                    $root.penstock.v1.RouteTable.encode(message.routeTable, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.routes != null && $Object.hasOwnProperty.call(message, "routes"))
                    $root.penstock.v1.Packed.encode(message.routes, writer.uint32(/* id 8, wireType 2 =*/66).fork(), _depth + 1).ldelim();
                if (message.services != null && $Object.hasOwnProperty.call(message, "services"))
                    $root.penstock.v1.Packed.encode(message.services, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                if (message.certificates != null && $Object.hasOwnProperty.call(message, "certificates"))
                    $root.penstock.v1.Packed.encode(message.certificates, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.serverNames != null && $Object.hasOwnProperty.call(message, "serverNames"))
                    $root.penstock.v1.Packed.encode(message.serverNames, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.defaultCertificate != null && $Object.hasOwnProperty.call(message, "defaultCertificate") && message.defaultCertificate !== 0)
                    writer.uint32(/* id 12, wireType 0 =*/96).uint32(message.defaultCertificate);
                if (message.logFormat != null && $Object.hasOwnProperty.call(message, "logFormat") && message.logFormat !== 0)
                    writer.uint32(/* id 13, wireType 0 =*/104).int32(message.logFormat);
                if (message.files != null && message.files.length)
                    for (let i = 0; i < message.files.length; ++i)
                        writer.uint32(/* id 14, wireType 2 =*/114).string(message.files[i]);
                if (message.serverNameCertificates != null && $Object.hasOwnProperty.call(message, "serverNameCertificates") && message.serverNameCertificates.length)
                    writer.uint32(/* id 15, wireType 2 =*/122).bytes(message.serverNameCertificates);
                if (message.engine != null && $Object.hasOwnProperty.call(message, "engine") && message.engine !== 0)
                    writer.uint32(/* id 16, wireType 0 =*/128).int32(message.engine);
                if (message.http2 != null && $Object.hasOwnProperty.call(message, "http2") && message.http2 !== false)
                    writer.uint32(/* id 17, wireType 0 =*/136).bool(message.http2);
                if (message.upstreamTls != null && $Object.hasOwnProperty.call(message, "upstreamTls"))
                    $root.penstock.v1.Packed.encode(message.upstreamTls, writer.uint32(/* id 18, wireType 2 =*/146).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Snapshot message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Snapshot
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Snapshot & penstock.v1.Snapshot.$Shape} Snapshot
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Snapshot.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Snapshot();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.listeners && message.listeners.length))
                                message.listeners = [];
                            message.listeners.push($root.penstock.v1.Listener.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.limits = $root.penstock.v1.Limits.decode(reader, reader.size(), $undefined, _depth + 1, message.limits);
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.timeouts = $root.penstock.v1.Timeouts.decode(reader, reader.size(), $undefined, _depth + 1, message.timeouts);
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if (!(message.trustedProxies && message.trustedProxies.length))
                                message.trustedProxies = [];
                            message.trustedProxies.push(reader.stringVerify());
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.accessLog = value;
                            else
                                delete message.accessLog;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.httpsPort = value;
                            else
                                delete message.httpsPort;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.routeTable = $root.penstock.v1.RouteTable.decode(reader, reader.size(), $undefined, _depth + 1, message.routeTable);
                            continue;
                        }
                    case 8: {
                            if (wireType !== 2)
                                break;
                            message.routes = $root.penstock.v1.Packed.decode(reader, reader.size(), $undefined, _depth + 1, message.routes);
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            message.services = $root.penstock.v1.Packed.decode(reader, reader.size(), $undefined, _depth + 1, message.services);
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.certificates = $root.penstock.v1.Packed.decode(reader, reader.size(), $undefined, _depth + 1, message.certificates);
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.serverNames = $root.penstock.v1.Packed.decode(reader, reader.size(), $undefined, _depth + 1, message.serverNames);
                            continue;
                        }
                    case 12: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.defaultCertificate = value;
                            else
                                delete message.defaultCertificate;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.logFormat = value;
                            else
                                delete message.logFormat;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 2)
                                break;
                            if (!(message.files && message.files.length))
                                message.files = [];
                            message.files.push(reader.stringVerify());
                            continue;
                        }
                    case 15: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.serverNameCertificates = value;
                            else
                                delete message.serverNameCertificates;
                            continue;
                        }
                    case 16: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.engine = value;
                            else
                                delete message.engine;
                            continue;
                        }
                    case 17: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.http2 = value;
                            else
                                delete message.http2;
                            continue;
                        }
                    case 18: {
                            if (wireType !== 2)
                                break;
                            message.upstreamTls = $root.penstock.v1.Packed.decode(reader, reader.size(), $undefined, _depth + 1, message.upstreamTls);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Snapshot;
        })();

        /**
         * Engine enum.
         * @name penstock.v1.Engine
         * @enum {number}
         * @property {number} ENGINE_AUTO=0 ENGINE_AUTO value
         * @property {number} ENGINE_UWS=1 ENGINE_UWS value
         * @property {number} ENGINE_NODE=2 ENGINE_NODE value
         */
        v1.Engine = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "ENGINE_AUTO"] = 0;
            values[valuesById[1] = "ENGINE_UWS"] = 1;
            values[valuesById[2] = "ENGINE_NODE"] = 2;
            return values;
        })();

        /**
         * LogFormat enum.
         * @name penstock.v1.LogFormat
         * @enum {number}
         * @property {number} LOG_FORMAT_TEXT=0 LOG_FORMAT_TEXT value
         * @property {number} LOG_FORMAT_JSON=1 LOG_FORMAT_JSON value
         */
        v1.LogFormat = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "LOG_FORMAT_TEXT"] = 0;
            values[valuesById[1] = "LOG_FORMAT_JSON"] = 1;
            return values;
        })();

        v1.Packed = (function() {

            /**
             * Properties of a Packed.
             * @typedef {Object} penstock.v1.Packed.$Properties
             * @property {Uint8Array|null} [offsets] Packed offsets
             * @property {Uint8Array|null} [data] Packed data
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Packed.
             * @memberof penstock.v1
             * @interface IPacked
             * @augments penstock.v1.Packed.$Properties
             * @deprecated Use penstock.v1.Packed.$Properties instead.
             */

            /**
             * Shape of a Packed.
             * @typedef {penstock.v1.Packed.$Properties} penstock.v1.Packed.$Shape
             */

            /**
             * Constructs a new Packed.
             * @memberof penstock.v1
             * @classdesc Represents a Packed.
             * @constructor
             * @param {penstock.v1.Packed.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Packed = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Packed offsets.
             * @member {Uint8Array} offsets
             * @memberof penstock.v1.Packed
             * @instance
             */
            Packed.prototype.offsets = $util.newBuffer([]);

            /**
             * Packed data.
             * @member {Uint8Array} data
             * @memberof penstock.v1.Packed
             * @instance
             */
            Packed.prototype.data = $util.newBuffer([]);

            /**
             * Encodes the specified Packed message. Does not implicitly {@link penstock.v1.Packed.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Packed
             * @static
             * @param {penstock.v1.Packed.$Properties} message Packed message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Packed.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.offsets != null && $Object.hasOwnProperty.call(message, "offsets") && message.offsets.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.offsets);
                if (message.data != null && $Object.hasOwnProperty.call(message, "data") && message.data.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.data);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Packed message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Packed
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Packed & penstock.v1.Packed.$Shape} Packed
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Packed.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Packed();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.offsets = value;
                            else
                                delete message.offsets;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.data = value;
                            else
                                delete message.data;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Packed;
        })();

        v1.RouteTable = (function() {

            /**
             * Properties of a RouteTable.
             * @typedef {Object} penstock.v1.RouteTable.$Properties
             * @property {Uint8Array|null} [words] RouteTable words
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a RouteTable.
             * @memberof penstock.v1
             * @interface IRouteTable
             * @augments penstock.v1.RouteTable.$Properties
             * @deprecated Use penstock.v1.RouteTable.$Properties instead.
             */

            /**
             * Shape of a RouteTable.
             * @typedef {penstock.v1.RouteTable.$Properties} penstock.v1.RouteTable.$Shape
             */

            /**
             * Constructs a new RouteTable.
             * @memberof penstock.v1
             * @classdesc Represents a RouteTable.
             * @constructor
             * @param {penstock.v1.RouteTable.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const RouteTable = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * RouteTable words.
             * @member {Uint8Array} words
             * @memberof penstock.v1.RouteTable
             * @instance
             */
            RouteTable.prototype.words = $util.newBuffer([]);

            /**
             * Encodes the specified RouteTable message. Does not implicitly {@link penstock.v1.RouteTable.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.RouteTable
             * @static
             * @param {penstock.v1.RouteTable.$Properties} message RouteTable message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            RouteTable.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.words != null && $Object.hasOwnProperty.call(message, "words") && message.words.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).bytes(message.words);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a RouteTable message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.RouteTable
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.RouteTable & penstock.v1.RouteTable.$Shape} RouteTable
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            RouteTable.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.RouteTable();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.words = value;
                            else
                                delete message.words;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return RouteTable;
        })();

        v1.Listener = (function() {

            /**
             * Properties of a Listener.
             * @typedef {Object} penstock.v1.Listener.$Properties
             * @property {string|null} [id] Listener id
             * @property {boolean|null} [tls] Listener tls
             * @property {string|null} [host] Listener host
             * @property {number|null} [port] Listener port
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Listener.
             * @memberof penstock.v1
             * @interface IListener
             * @augments penstock.v1.Listener.$Properties
             * @deprecated Use penstock.v1.Listener.$Properties instead.
             */

            /**
             * Shape of a Listener.
             * @typedef {penstock.v1.Listener.$Properties} penstock.v1.Listener.$Shape
             */

            /**
             * Constructs a new Listener.
             * @memberof penstock.v1
             * @classdesc Represents a Listener.
             * @constructor
             * @param {penstock.v1.Listener.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Listener = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Listener id.
             * @member {string} id
             * @memberof penstock.v1.Listener
             * @instance
             */
            Listener.prototype.id = "";

            /**
             * Listener tls.
             * @member {boolean} tls
             * @memberof penstock.v1.Listener
             * @instance
             */
            Listener.prototype.tls = false;

            /**
             * Listener host.
             * @member {string} host
             * @memberof penstock.v1.Listener
             * @instance
             */
            Listener.prototype.host = "";

            /**
             * Listener port.
             * @member {number} port
             * @memberof penstock.v1.Listener
             * @instance
             */
            Listener.prototype.port = 0;

            /**
             * Encodes the specified Listener message. Does not implicitly {@link penstock.v1.Listener.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Listener
             * @static
             * @param {penstock.v1.Listener.$Properties} message Listener message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Listener.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.tls != null && $Object.hasOwnProperty.call(message, "tls") && message.tls !== false)
                    writer.uint32(/* id 2, wireType 0 =*/16).bool(message.tls);
                if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.host);
                if (message.port != null && $Object.hasOwnProperty.call(message, "port") && message.port !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.port);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Listener message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Listener
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Listener & penstock.v1.Listener.$Shape} Listener
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Listener.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Listener();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.tls = value;
                            else
                                delete message.tls;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.host = value;
                            else
                                delete message.host;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.port = value;
                            else
                                delete message.port;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Listener;
        })();

        v1.Limits = (function() {

            /**
             * Properties of a Limits.
             * @typedef {Object} penstock.v1.Limits.$Properties
             * @property {number|null} [headerBytes] Limits headerBytes
             * @property {number|null} [bodyBytes] Limits bodyBytes
             * @property {number|null} [connections] Limits connections
             * @property {number|null} [urlBytes] Limits urlBytes
             * @property {number|null} [connectionsPerAddress] Limits connectionsPerAddress
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Limits.
             * @memberof penstock.v1
             * @interface ILimits
             * @augments penstock.v1.Limits.$Properties
             * @deprecated Use penstock.v1.Limits.$Properties instead.
             */

            /**
             * Shape of a Limits.
             * @typedef {penstock.v1.Limits.$Properties} penstock.v1.Limits.$Shape
             */

            /**
             * Constructs a new Limits.
             * @memberof penstock.v1
             * @classdesc Represents a Limits.
             * @constructor
             * @param {penstock.v1.Limits.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Limits = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Limits headerBytes.
             * @member {number} headerBytes
             * @memberof penstock.v1.Limits
             * @instance
             */
            Limits.prototype.headerBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Limits bodyBytes.
             * @member {number} bodyBytes
             * @memberof penstock.v1.Limits
             * @instance
             */
            Limits.prototype.bodyBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Limits connections.
             * @member {number} connections
             * @memberof penstock.v1.Limits
             * @instance
             */
            Limits.prototype.connections = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Limits urlBytes.
             * @member {number} urlBytes
             * @memberof penstock.v1.Limits
             * @instance
             */
            Limits.prototype.urlBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Limits connectionsPerAddress.
             * @member {number} connectionsPerAddress
             * @memberof penstock.v1.Limits
             * @instance
             */
            Limits.prototype.connectionsPerAddress = 0;

            /**
             * Encodes the specified Limits message. Does not implicitly {@link penstock.v1.Limits.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Limits
             * @static
             * @param {penstock.v1.Limits.$Properties} message Limits message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Limits.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.headerBytes != null && $Object.hasOwnProperty.call(message, "headerBytes") && (typeof message.headerBytes === "object" ? message.headerBytes.low || message.headerBytes.high : message.headerBytes !== 0))
                    writer.uint32(/* id 1, wireType 0 =*/8).uint64(message.headerBytes);
                if (message.bodyBytes != null && $Object.hasOwnProperty.call(message, "bodyBytes") && (typeof message.bodyBytes === "object" ? message.bodyBytes.low || message.bodyBytes.high : message.bodyBytes !== 0))
                    writer.uint32(/* id 2, wireType 0 =*/16).uint64(message.bodyBytes);
                if (message.connections != null && $Object.hasOwnProperty.call(message, "connections") && (typeof message.connections === "object" ? message.connections.low || message.connections.high : message.connections !== 0))
                    writer.uint32(/* id 3, wireType 0 =*/24).uint64(message.connections);
                if (message.urlBytes != null && $Object.hasOwnProperty.call(message, "urlBytes") && (typeof message.urlBytes === "object" ? message.urlBytes.low || message.urlBytes.high : message.urlBytes !== 0))
                    writer.uint32(/* id 4, wireType 0 =*/32).uint64(message.urlBytes);
                if (message.connectionsPerAddress != null && $Object.hasOwnProperty.call(message, "connectionsPerAddress") && message.connectionsPerAddress !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.connectionsPerAddress);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Limits message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Limits
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Limits & penstock.v1.Limits.$Shape} Limits
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Limits.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Limits();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.headerBytes = value;
                            else
                                delete message.headerBytes;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.bodyBytes = value;
                            else
                                delete message.bodyBytes;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.connections = value;
                            else
                                delete message.connections;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.urlBytes = value;
                            else
                                delete message.urlBytes;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.connectionsPerAddress = value;
                            else
                                delete message.connectionsPerAddress;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Limits;
        })();

        v1.Timeouts = (function() {

            /**
             * Properties of a Timeouts.
             * @typedef {Object} penstock.v1.Timeouts.$Properties
             * @property {number|null} [readMs] Timeouts readMs
             * @property {number|null} [writeMs] Timeouts writeMs
             * @property {number|null} [connectMs] Timeouts connectMs
             * @property {number|null} [responseMs] Timeouts responseMs
             * @property {number|null} [drainMs] Timeouts drainMs
             * @property {number|null} [keepaliveMs] Timeouts keepaliveMs
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Timeouts.
             * @memberof penstock.v1
             * @interface ITimeouts
             * @augments penstock.v1.Timeouts.$Properties
             * @deprecated Use penstock.v1.Timeouts.$Properties instead.
             */

            /**
             * Shape of a Timeouts.
             * @typedef {penstock.v1.Timeouts.$Properties} penstock.v1.Timeouts.$Shape
             */

            /**
             * Constructs a new Timeouts.
             * @memberof penstock.v1
             * @classdesc Represents a Timeouts.
             * @constructor
             * @param {penstock.v1.Timeouts.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Timeouts = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Timeouts readMs.
             * @member {number} readMs
             * @memberof penstock.v1.Timeouts
             * @instance
             */
            Timeouts.prototype.readMs = 0;

            /**
             * Timeouts writeMs.
             * @member {number} writeMs
             * @memberof penstock.v1.Timeouts
             * @instance
             */
            Timeouts.prototype.writeMs = 0;

            /**
             * Timeouts connectMs.
             * @member {number} connectMs
             * @memberof penstock.v1.Timeouts
             * @instance
             */
            Timeouts.prototype.connectMs = 0;

            /**
             * Timeouts responseMs.
             * @member {number} responseMs
             * @memberof penstock.v1.Timeouts
             * @instance
             */
            Timeouts.prototype.responseMs = 0;

            /**
             * Timeouts drainMs.
             * @member {number} drainMs
             * @memberof penstock.v1.Timeouts
             * @instance
             */
            Timeouts.prototype.drainMs = 0;

            /**
             * Timeouts keepaliveMs.
             * @member {number} keepaliveMs
             * @memberof penstock.v1.Timeouts
             * @instance
             */
            Timeouts.prototype.keepaliveMs = 0;

            /**
             * Encodes the specified Timeouts message. Does not implicitly {@link penstock.v1.Timeouts.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Timeouts
             * @static
             * @param {penstock.v1.Timeouts.$Properties} message Timeouts message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Timeouts.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.readMs != null && $Object.hasOwnProperty.call(message, "readMs") && message.readMs !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.readMs);
                if (message.writeMs != null && $Object.hasOwnProperty.call(message, "writeMs") && message.writeMs !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.writeMs);
                if (message.connectMs != null && $Object.hasOwnProperty.call(message, "connectMs") && message.connectMs !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.connectMs);
                if (message.responseMs != null && $Object.hasOwnProperty.call(message, "responseMs") && message.responseMs !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.responseMs);
                if (message.drainMs != null && $Object.hasOwnProperty.call(message, "drainMs") && message.drainMs !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.drainMs);
                if (message.keepaliveMs != null && $Object.hasOwnProperty.call(message, "keepaliveMs") && message.keepaliveMs !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.keepaliveMs);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Timeouts message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Timeouts
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Timeouts & penstock.v1.Timeouts.$Shape} Timeouts
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Timeouts.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Timeouts();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.readMs = value;
                            else
                                delete message.readMs;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.writeMs = value;
                            else
                                delete message.writeMs;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.connectMs = value;
                            else
                                delete message.connectMs;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.responseMs = value;
                            else
                                delete message.responseMs;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.drainMs = value;
                            else
                                delete message.drainMs;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.keepaliveMs = value;
                            else
                                delete message.keepaliveMs;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Timeouts;
        })();

        v1.Origin = (function() {

            /**
             * Properties of an Origin.
             * @typedef {Object} penstock.v1.Origin.$Properties
             * @property {number|null} [file] Origin file
             * @property {number|null} [line] Origin line
             * @property {number|null} [column] Origin column
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Origin.
             * @memberof penstock.v1
             * @interface IOrigin
             * @augments penstock.v1.Origin.$Properties
             * @deprecated Use penstock.v1.Origin.$Properties instead.
             */

            /**
             * Shape of an Origin.
             * @typedef {penstock.v1.Origin.$Properties} penstock.v1.Origin.$Shape
             */

            /**
             * Constructs a new Origin.
             * @memberof penstock.v1
             * @classdesc Represents an Origin.
             * @constructor
             * @param {penstock.v1.Origin.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Origin = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Origin file.
             * @member {number} file
             * @memberof penstock.v1.Origin
             * @instance
             */
            Origin.prototype.file = 0;

            /**
             * Origin line.
             * @member {number} line
             * @memberof penstock.v1.Origin
             * @instance
             */
            Origin.prototype.line = 0;

            /**
             * Origin column.
             * @member {number} column
             * @memberof penstock.v1.Origin
             * @instance
             */
            Origin.prototype.column = 0;

            /**
             * Encodes the specified Origin message. Does not implicitly {@link penstock.v1.Origin.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Origin
             * @static
             * @param {penstock.v1.Origin.$Properties} message Origin message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Origin.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.file != null && $Object.hasOwnProperty.call(message, "file") && message.file !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.file);
                if (message.line != null && $Object.hasOwnProperty.call(message, "line") && message.line !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.line);
                if (message.column != null && $Object.hasOwnProperty.call(message, "column") && message.column !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.column);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Origin message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Origin
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Origin & penstock.v1.Origin.$Shape} Origin
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Origin.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Origin();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.file = value;
                            else
                                delete message.file;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.line = value;
                            else
                                delete message.line;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.column = value;
                            else
                                delete message.column;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Origin;
        })();

        v1.NameValue = (function() {

            /**
             * Properties of a NameValue.
             * @typedef {Object} penstock.v1.NameValue.$Properties
             * @property {string|null} [name] NameValue name
             * @property {string|null} [value] NameValue value
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a NameValue.
             * @memberof penstock.v1
             * @interface INameValue
             * @augments penstock.v1.NameValue.$Properties
             * @deprecated Use penstock.v1.NameValue.$Properties instead.
             */

            /**
             * Shape of a NameValue.
             * @typedef {penstock.v1.NameValue.$Properties} penstock.v1.NameValue.$Shape
             */

            /**
             * Constructs a new NameValue.
             * @memberof penstock.v1
             * @classdesc Represents a NameValue.
             * @constructor
             * @param {penstock.v1.NameValue.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const NameValue = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * NameValue name.
             * @member {string} name
             * @memberof penstock.v1.NameValue
             * @instance
             */
            NameValue.prototype.name = "";

            /**
             * NameValue value.
             * @member {string} value
             * @memberof penstock.v1.NameValue
             * @instance
             */
            NameValue.prototype.value = "";

            /**
             * Encodes the specified NameValue message. Does not implicitly {@link penstock.v1.NameValue.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.NameValue
             * @static
             * @param {penstock.v1.NameValue.$Properties} message NameValue message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            NameValue.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.value != null && $Object.hasOwnProperty.call(message, "value") && message.value !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.value);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a NameValue message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.NameValue
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.NameValue & penstock.v1.NameValue.$Shape} NameValue
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            NameValue.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.NameValue();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.value = value;
                            else
                                delete message.value;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return NameValue;
        })();

        /**
         * PathMatch enum.
         * @name penstock.v1.PathMatch
         * @enum {number}
         * @property {number} PATH_MATCH_PREFIX=0 PATH_MATCH_PREFIX value
         * @property {number} PATH_MATCH_EXACT=1 PATH_MATCH_EXACT value
         */
        v1.PathMatch = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "PATH_MATCH_PREFIX"] = 0;
            values[valuesById[1] = "PATH_MATCH_EXACT"] = 1;
            return values;
        })();

        /**
         * TlsMode enum.
         * @name penstock.v1.TlsMode
         * @enum {number}
         * @property {number} TLS_MODE_OFF=0 TLS_MODE_OFF value
         * @property {number} TLS_MODE_MANUAL=1 TLS_MODE_MANUAL value
         * @property {number} TLS_MODE_SELF_SIGNED=2 TLS_MODE_SELF_SIGNED value
         * @property {number} TLS_MODE_AUTO=3 TLS_MODE_AUTO value
         */
        v1.TlsMode = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "TLS_MODE_OFF"] = 0;
            values[valuesById[1] = "TLS_MODE_MANUAL"] = 1;
            values[valuesById[2] = "TLS_MODE_SELF_SIGNED"] = 2;
            values[valuesById[3] = "TLS_MODE_AUTO"] = 3;
            return values;
        })();

        v1.Route = (function() {

            /**
             * Properties of a Route.
             * @typedef {Object} penstock.v1.Route.$Properties
             * @property {string|null} [name] Route name
             * @property {Array.<string>|null} [hosts] Route hosts
             * @property {string|null} [path] Route path
             * @property {penstock.v1.PathMatch|null} [match] Route match
             * @property {Array.<string>|null} [methods] Route methods
             * @property {Array.<penstock.v1.NameValue.$Properties>|null} [headers] Route headers
             * @property {Array.<penstock.v1.NameValue.$Properties>|null} [query] Route query
             * @property {number|null} [service] Route service
             * @property {penstock.v1.Split.$Properties|null} [split] Route split
             * @property {penstock.v1.Redirect.$Properties|null} [redirect] Route redirect
             * @property {penstock.v1.Respond.$Properties|null} [respond] Route respond
             * @property {string|null} [hostRedirect] Route hostRedirect
             * @property {penstock.v1.TlsMode|null} [tls] Route tls
             * @property {boolean|null} [httpsRedirect] Route httpsRedirect
             * @property {penstock.v1.Rewrite.$Properties|null} [rewrite] Route rewrite
             * @property {penstock.v1.HeaderOps.$Properties|null} [requestHeaders] Route requestHeaders
             * @property {penstock.v1.HeaderOps.$Properties|null} [responseHeaders] Route responseHeaders
             * @property {number|null} [connectMs] Route connectMs
             * @property {number|null} [responseMs] Route responseMs
             * @property {number|null} [idleMs] Route idleMs
             * @property {number|null} [readMs] Route readMs
             * @property {number|null} [writeMs] Route writeMs
             * @property {number|null} [bodyBytes] Route bodyBytes
             * @property {number|null} [counterSlot] Route counterSlot
             * @property {penstock.v1.Origin.$Properties|null} [origin] Route origin
             * @property {penstock.v1.AccessList.$Properties|null} [access] Route access
             * @property {Array.<penstock.v1.RateLimit.$Properties>|null} [rateLimits] Route rateLimits
             * @property {string|null} [hsts] Route hsts
             * @property {number|null} [retryAttempts] Route retryAttempts
             * @property {boolean|null} [websocketOff] Route websocketOff
             * @property {Array.<string>|null} [plainHosts] Route plainHosts
             * @property {"service"|"split"|"redirect"|"respond"|"hostRedirect"} [action] Route action
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Route.
             * @memberof penstock.v1
             * @interface IRoute
             * @augments penstock.v1.Route.$Properties
             * @deprecated Use penstock.v1.Route.$Properties instead.
             */

            /**
             * Narrowed shape of a Route.
             * @typedef {{
             *   name?: string|null;
             *   hosts?: Array.<string>|null;
             *   path?: string|null;
             *   match?: penstock.v1.PathMatch|null;
             *   methods?: Array.<string>|null;
             *   headers?: Array.<penstock.v1.NameValue.$Shape>|null;
             *   query?: Array.<penstock.v1.NameValue.$Shape>|null;
             *   service?: number|null;
             *   split?: penstock.v1.Split.$Shape|null;
             *   redirect?: penstock.v1.Redirect.$Shape|null;
             *   respond?: penstock.v1.Respond.$Shape|null;
             *   hostRedirect?: string|null;
             *   tls?: penstock.v1.TlsMode|null;
             *   httpsRedirect?: boolean|null;
             *   rewrite?: penstock.v1.Rewrite.$Shape|null;
             *   requestHeaders?: penstock.v1.HeaderOps.$Shape|null;
             *   responseHeaders?: penstock.v1.HeaderOps.$Shape|null;
             *   connectMs?: number|null;
             *   responseMs?: number|null;
             *   idleMs?: number|null;
             *   readMs?: number|null;
             *   writeMs?: number|null;
             *   bodyBytes?: number|null;
             *   counterSlot?: number|null;
             *   origin?: penstock.v1.Origin.$Shape|null;
             *   access?: penstock.v1.AccessList.$Shape|null;
             *   rateLimits?: Array.<penstock.v1.RateLimit.$Shape>|null;
             *   hsts?: string|null;
             *   retryAttempts?: number|null;
             *   websocketOff?: boolean|null;
             *   plainHosts?: Array.<string>|null;
             *   $unknowns?: Array.<Uint8Array>;
             * } & (
             *   ({ action?: undefined; service?: null; split?: null; redirect?: null; respond?: null; hostRedirect?: null }|{ action?: "service"; service: number; split?: null; redirect?: null; respond?: null; hostRedirect?: null }|{ action?: "split"; service?: null; split: penstock.v1.Split.$Shape; redirect?: null; respond?: null; hostRedirect?: null }|{ action?: "redirect"; service?: null; split?: null; redirect: penstock.v1.Redirect.$Shape; respond?: null; hostRedirect?: null }|{ action?: "respond"; service?: null; split?: null; redirect?: null; respond: penstock.v1.Respond.$Shape; hostRedirect?: null }|{ action?: "hostRedirect"; service?: null; split?: null; redirect?: null; respond?: null; hostRedirect: string })
             * )} penstock.v1.Route.$Shape
             */

            /**
             * Constructs a new Route.
             * @memberof penstock.v1
             * @classdesc Represents a Route.
             * @constructor
             * @param {penstock.v1.Route.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Route = function (properties) {
                this.hosts = [];
                this.methods = [];
                this.headers = [];
                this.query = [];
                this.rateLimits = [];
                this.plainHosts = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Route name.
             * @member {string} name
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.name = "";

            /**
             * Route hosts.
             * @member {Array.<string>} hosts
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.hosts = $util.emptyArray;

            /**
             * Route path.
             * @member {string} path
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.path = "";

            /**
             * Route match.
             * @member {penstock.v1.PathMatch} match
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.match = 0;

            /**
             * Route methods.
             * @member {Array.<string>} methods
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.methods = $util.emptyArray;

            /**
             * Route headers.
             * @member {Array.<penstock.v1.NameValue.$Properties>} headers
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.headers = $util.emptyArray;

            /**
             * Route query.
             * @member {Array.<penstock.v1.NameValue.$Properties>} query
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.query = $util.emptyArray;

            /**
             * Route service.
             * @member {number|null|undefined} service
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.service = null;

            /**
             * Route split.
             * @member {penstock.v1.Split.$Properties|null|undefined} split
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.split = null;

            /**
             * Route redirect.
             * @member {penstock.v1.Redirect.$Properties|null|undefined} redirect
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.redirect = null;

            /**
             * Route respond.
             * @member {penstock.v1.Respond.$Properties|null|undefined} respond
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.respond = null;

            /**
             * Route hostRedirect.
             * @member {string|null|undefined} hostRedirect
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.hostRedirect = null;

            /**
             * Route tls.
             * @member {penstock.v1.TlsMode} tls
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.tls = 0;

            /**
             * Route httpsRedirect.
             * @member {boolean} httpsRedirect
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.httpsRedirect = false;

            /**
             * Route rewrite.
             * @member {penstock.v1.Rewrite.$Properties|null|undefined} rewrite
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.rewrite = null;

            /**
             * Route requestHeaders.
             * @member {penstock.v1.HeaderOps.$Properties|null|undefined} requestHeaders
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.requestHeaders = null;

            /**
             * Route responseHeaders.
             * @member {penstock.v1.HeaderOps.$Properties|null|undefined} responseHeaders
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.responseHeaders = null;

            /**
             * Route connectMs.
             * @member {number|null|undefined} connectMs
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.connectMs = null;

            /**
             * Route responseMs.
             * @member {number|null|undefined} responseMs
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.responseMs = null;

            /**
             * Route idleMs.
             * @member {number|null|undefined} idleMs
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.idleMs = null;

            /**
             * Route readMs.
             * @member {number} readMs
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.readMs = 0;

            /**
             * Route writeMs.
             * @member {number} writeMs
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.writeMs = 0;

            /**
             * Route bodyBytes.
             * @member {number} bodyBytes
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.bodyBytes = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Route counterSlot.
             * @member {number} counterSlot
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.counterSlot = 0;

            /**
             * Route origin.
             * @member {penstock.v1.Origin.$Properties|null|undefined} origin
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.origin = null;

            /**
             * Route access.
             * @member {penstock.v1.AccessList.$Properties|null|undefined} access
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.access = null;

            /**
             * Route rateLimits.
             * @member {Array.<penstock.v1.RateLimit.$Properties>} rateLimits
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.rateLimits = $util.emptyArray;

            /**
             * Route hsts.
             * @member {string} hsts
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.hsts = "";

            /**
             * Route retryAttempts.
             * @member {number|null|undefined} retryAttempts
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.retryAttempts = null;

            /**
             * Route websocketOff.
             * @member {boolean} websocketOff
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.websocketOff = false;

            /**
             * Route plainHosts.
             * @member {Array.<string>} plainHosts
             * @memberof penstock.v1.Route
             * @instance
             */
            Route.prototype.plainHosts = $util.emptyArray;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            /**
             * Route action.
             * @member {"service"|"split"|"redirect"|"respond"|"hostRedirect"|undefined} action
             * @memberof penstock.v1.Route
             * @instance
             */
            $Object.defineProperty(Route.prototype, "action", {
                get: $util.oneOfGetter($oneOfFields = ["service", "split", "redirect", "respond", "hostRedirect"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Route.prototype, "_connectMs", {
                get: $util.oneOfGetter($oneOfFields = ["connectMs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Route.prototype, "_responseMs", {
                get: $util.oneOfGetter($oneOfFields = ["responseMs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Route.prototype, "_idleMs", {
                get: $util.oneOfGetter($oneOfFields = ["idleMs"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Route.prototype, "_retryAttempts", {
                get: $util.oneOfGetter($oneOfFields = ["retryAttempts"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Route message. Does not implicitly {@link penstock.v1.Route.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Route
             * @static
             * @param {penstock.v1.Route.$Properties} message Route message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Route.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.hosts != null && message.hosts.length)
                    for (let i = 0; i < message.hosts.length; ++i)
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.hosts[i]);
                if (message.path != null && $Object.hasOwnProperty.call(message, "path") && message.path !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.path);
                if (message.match != null && $Object.hasOwnProperty.call(message, "match") && message.match !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).int32(message.match);
                if (message.methods != null && message.methods.length)
                    for (let i = 0; i < message.methods.length; ++i)
                        writer.uint32(/* id 5, wireType 2 =*/42).string(message.methods[i]);
                if (message.headers != null && message.headers.length)
                    for (let i = 0; i < message.headers.length; ++i)
                        $root.penstock.v1.NameValue.encode(message.headers[i], writer.uint32(/* id 6, wireType 2 =*/50).fork(), _depth + 1).ldelim();
                if (message.query != null && message.query.length)
                    for (let i = 0; i < message.query.length; ++i)
                        $root.penstock.v1.NameValue.encode(message.query[i], writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.service != null && $Object.hasOwnProperty.call(message, "service"))
                    writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.service);
                if (message.split != null && $Object.hasOwnProperty.call(message, "split"))
                    $root.penstock.v1.Split.encode(message.split, writer.uint32(/* id 9, wireType 2 =*/74).fork(), _depth + 1).ldelim();
                if (message.redirect != null && $Object.hasOwnProperty.call(message, "redirect"))
                    $root.penstock.v1.Redirect.encode(message.redirect, writer.uint32(/* id 10, wireType 2 =*/82).fork(), _depth + 1).ldelim();
                if (message.respond != null && $Object.hasOwnProperty.call(message, "respond"))
                    $root.penstock.v1.Respond.encode(message.respond, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.tls != null && $Object.hasOwnProperty.call(message, "tls") && message.tls !== 0)
                    writer.uint32(/* id 12, wireType 0 =*/96).int32(message.tls);
                if (message.httpsRedirect != null && $Object.hasOwnProperty.call(message, "httpsRedirect") && message.httpsRedirect !== false)
                    writer.uint32(/* id 13, wireType 0 =*/104).bool(message.httpsRedirect);
                if (message.rewrite != null && $Object.hasOwnProperty.call(message, "rewrite"))
                    $root.penstock.v1.Rewrite.encode(message.rewrite, writer.uint32(/* id 14, wireType 2 =*/114).fork(), _depth + 1).ldelim();
                if (message.requestHeaders != null && $Object.hasOwnProperty.call(message, "requestHeaders"))
                    $root.penstock.v1.HeaderOps.encode(message.requestHeaders, writer.uint32(/* id 15, wireType 2 =*/122).fork(), _depth + 1).ldelim();
                if (message.responseHeaders != null && $Object.hasOwnProperty.call(message, "responseHeaders"))
                    $root.penstock.v1.HeaderOps.encode(message.responseHeaders, writer.uint32(/* id 16, wireType 2 =*/130).fork(), _depth + 1).ldelim();
                if (message.connectMs != null && $Object.hasOwnProperty.call(message, "connectMs"))
                    writer.uint32(/* id 17, wireType 0 =*/136).uint32(message.connectMs);
                if (message.responseMs != null && $Object.hasOwnProperty.call(message, "responseMs"))
                    writer.uint32(/* id 18, wireType 0 =*/144).uint32(message.responseMs);
                if (message.idleMs != null && $Object.hasOwnProperty.call(message, "idleMs"))
                    writer.uint32(/* id 19, wireType 0 =*/152).uint32(message.idleMs);
                if (message.readMs != null && $Object.hasOwnProperty.call(message, "readMs") && message.readMs !== 0)
                    writer.uint32(/* id 20, wireType 0 =*/160).uint32(message.readMs);
                if (message.writeMs != null && $Object.hasOwnProperty.call(message, "writeMs") && message.writeMs !== 0)
                    writer.uint32(/* id 21, wireType 0 =*/168).uint32(message.writeMs);
                if (message.bodyBytes != null && $Object.hasOwnProperty.call(message, "bodyBytes") && (typeof message.bodyBytes === "object" ? message.bodyBytes.low || message.bodyBytes.high : message.bodyBytes !== 0))
                    writer.uint32(/* id 22, wireType 0 =*/176).uint64(message.bodyBytes);
                if (message.counterSlot != null && $Object.hasOwnProperty.call(message, "counterSlot") && message.counterSlot !== 0)
                    writer.uint32(/* id 23, wireType 0 =*/184).uint32(message.counterSlot);
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin"))
                    $root.penstock.v1.Origin.encode(message.origin, writer.uint32(/* id 24, wireType 2 =*/194).fork(), _depth + 1).ldelim();
                if (message.access != null && $Object.hasOwnProperty.call(message, "access"))
                    $root.penstock.v1.AccessList.encode(message.access, writer.uint32(/* id 25, wireType 2 =*/202).fork(), _depth + 1).ldelim();
                if (message.rateLimits != null && message.rateLimits.length)
                    for (let i = 0; i < message.rateLimits.length; ++i)
                        $root.penstock.v1.RateLimit.encode(message.rateLimits[i], writer.uint32(/* id 26, wireType 2 =*/210).fork(), _depth + 1).ldelim();
                if (message.hsts != null && $Object.hasOwnProperty.call(message, "hsts") && message.hsts !== "")
                    writer.uint32(/* id 27, wireType 2 =*/218).string(message.hsts);
                if (message.hostRedirect != null && $Object.hasOwnProperty.call(message, "hostRedirect"))
                    writer.uint32(/* id 28, wireType 2 =*/226).string(message.hostRedirect);
                if (message.retryAttempts != null && $Object.hasOwnProperty.call(message, "retryAttempts"))
                    writer.uint32(/* id 29, wireType 0 =*/232).uint32(message.retryAttempts);
                if (message.websocketOff != null && $Object.hasOwnProperty.call(message, "websocketOff") && message.websocketOff !== false)
                    writer.uint32(/* id 30, wireType 0 =*/240).bool(message.websocketOff);
                if (message.plainHosts != null && message.plainHosts.length)
                    for (let i = 0; i < message.plainHosts.length; ++i)
                        writer.uint32(/* id 31, wireType 2 =*/250).string(message.plainHosts[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Route message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Route
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Route & penstock.v1.Route.$Shape} Route
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Route.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Route();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.hosts && message.hosts.length))
                                message.hosts = [];
                            message.hosts.push(reader.stringVerify());
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.path = value;
                            else
                                delete message.path;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.match = value;
                            else
                                delete message.match;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if (!(message.methods && message.methods.length))
                                message.methods = [];
                            message.methods.push(reader.stringVerify());
                            continue;
                        }
                    case 6: {
                            if (wireType !== 2)
                                break;
                            if (!(message.headers && message.headers.length))
                                message.headers = [];
                            message.headers.push($root.penstock.v1.NameValue.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if (!(message.query && message.query.length))
                                message.query = [];
                            message.query.push($root.penstock.v1.NameValue.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            message.service = reader.uint32();
                            message.action = "service";
                            continue;
                        }
                    case 9: {
                            if (wireType !== 2)
                                break;
                            message.split = $root.penstock.v1.Split.decode(reader, reader.size(), $undefined, _depth + 1, message.split);
                            message.action = "split";
                            continue;
                        }
                    case 10: {
                            if (wireType !== 2)
                                break;
                            message.redirect = $root.penstock.v1.Redirect.decode(reader, reader.size(), $undefined, _depth + 1, message.redirect);
                            message.action = "redirect";
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.respond = $root.penstock.v1.Respond.decode(reader, reader.size(), $undefined, _depth + 1, message.respond);
                            message.action = "respond";
                            continue;
                        }
                    case 28: {
                            if (wireType !== 2)
                                break;
                            message.hostRedirect = reader.stringVerify();
                            message.action = "hostRedirect";
                            continue;
                        }
                    case 12: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.tls = value;
                            else
                                delete message.tls;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.httpsRedirect = value;
                            else
                                delete message.httpsRedirect;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 2)
                                break;
                            message.rewrite = $root.penstock.v1.Rewrite.decode(reader, reader.size(), $undefined, _depth + 1, message.rewrite);
                            continue;
                        }
                    case 15: {
                            if (wireType !== 2)
                                break;
                            message.requestHeaders = $root.penstock.v1.HeaderOps.decode(reader, reader.size(), $undefined, _depth + 1, message.requestHeaders);
                            continue;
                        }
                    case 16: {
                            if (wireType !== 2)
                                break;
                            message.responseHeaders = $root.penstock.v1.HeaderOps.decode(reader, reader.size(), $undefined, _depth + 1, message.responseHeaders);
                            continue;
                        }
                    case 17: {
                            if (wireType !== 0)
                                break;
                            message.connectMs = reader.uint32();
                            message._connectMs = "connectMs";
                            continue;
                        }
                    case 18: {
                            if (wireType !== 0)
                                break;
                            message.responseMs = reader.uint32();
                            message._responseMs = "responseMs";
                            continue;
                        }
                    case 19: {
                            if (wireType !== 0)
                                break;
                            message.idleMs = reader.uint32();
                            message._idleMs = "idleMs";
                            continue;
                        }
                    case 20: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.readMs = value;
                            else
                                delete message.readMs;
                            continue;
                        }
                    case 21: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.writeMs = value;
                            else
                                delete message.writeMs;
                            continue;
                        }
                    case 22: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.bodyBytes = value;
                            else
                                delete message.bodyBytes;
                            continue;
                        }
                    case 23: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.counterSlot = value;
                            else
                                delete message.counterSlot;
                            continue;
                        }
                    case 24: {
                            if (wireType !== 2)
                                break;
                            message.origin = $root.penstock.v1.Origin.decode(reader, reader.size(), $undefined, _depth + 1, message.origin);
                            continue;
                        }
                    case 25: {
                            if (wireType !== 2)
                                break;
                            message.access = $root.penstock.v1.AccessList.decode(reader, reader.size(), $undefined, _depth + 1, message.access);
                            continue;
                        }
                    case 26: {
                            if (wireType !== 2)
                                break;
                            if (!(message.rateLimits && message.rateLimits.length))
                                message.rateLimits = [];
                            message.rateLimits.push($root.penstock.v1.RateLimit.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 27: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.hsts = value;
                            else
                                delete message.hsts;
                            continue;
                        }
                    case 29: {
                            if (wireType !== 0)
                                break;
                            message.retryAttempts = reader.uint32();
                            message._retryAttempts = "retryAttempts";
                            continue;
                        }
                    case 30: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.websocketOff = value;
                            else
                                delete message.websocketOff;
                            continue;
                        }
                    case 31: {
                            if (wireType !== 2)
                                break;
                            if (!(message.plainHosts && message.plainHosts.length))
                                message.plainHosts = [];
                            message.plainHosts.push(reader.stringVerify());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Route;
        })();

        v1.AccessList = (function() {

            /**
             * Properties of an AccessList.
             * @typedef {Object} penstock.v1.AccessList.$Properties
             * @property {penstock.v1.AddressRanges.$Properties|null} [allow] AccessList allow
             * @property {penstock.v1.AddressRanges.$Properties|null} [deny] AccessList deny
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an AccessList.
             * @memberof penstock.v1
             * @interface IAccessList
             * @augments penstock.v1.AccessList.$Properties
             * @deprecated Use penstock.v1.AccessList.$Properties instead.
             */

            /**
             * Shape of an AccessList.
             * @typedef {penstock.v1.AccessList.$Properties} penstock.v1.AccessList.$Shape
             */

            /**
             * Constructs a new AccessList.
             * @memberof penstock.v1
             * @classdesc Represents an AccessList.
             * @constructor
             * @param {penstock.v1.AccessList.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const AccessList = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * AccessList allow.
             * @member {penstock.v1.AddressRanges.$Properties|null|undefined} allow
             * @memberof penstock.v1.AccessList
             * @instance
             */
            AccessList.prototype.allow = null;

            /**
             * AccessList deny.
             * @member {penstock.v1.AddressRanges.$Properties|null|undefined} deny
             * @memberof penstock.v1.AccessList
             * @instance
             */
            AccessList.prototype.deny = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(AccessList.prototype, "_allow", {
                get: $util.oneOfGetter($oneOfFields = ["allow"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(AccessList.prototype, "_deny", {
                get: $util.oneOfGetter($oneOfFields = ["deny"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified AccessList message. Does not implicitly {@link penstock.v1.AccessList.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.AccessList
             * @static
             * @param {penstock.v1.AccessList.$Properties} message AccessList message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            AccessList.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.allow != null && $Object.hasOwnProperty.call(message, "allow"))
                    $root.penstock.v1.AddressRanges.encode(message.allow, writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.deny != null && $Object.hasOwnProperty.call(message, "deny"))
                    $root.penstock.v1.AddressRanges.encode(message.deny, writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an AccessList message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.AccessList
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.AccessList & penstock.v1.AccessList.$Shape} AccessList
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            AccessList.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.AccessList();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.allow = $root.penstock.v1.AddressRanges.decode(reader, reader.size(), $undefined, _depth + 1, message.allow);
                            message._allow = "allow";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.deny = $root.penstock.v1.AddressRanges.decode(reader, reader.size(), $undefined, _depth + 1, message.deny);
                            message._deny = "deny";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return AccessList;
        })();

        v1.AddressRanges = (function() {

            /**
             * Properties of an AddressRanges.
             * @typedef {Object} penstock.v1.AddressRanges.$Properties
             * @property {Array.<string>|null} [cidrs] AddressRanges cidrs
             * @property {Uint8Array|null} [words] AddressRanges words
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an AddressRanges.
             * @memberof penstock.v1
             * @interface IAddressRanges
             * @augments penstock.v1.AddressRanges.$Properties
             * @deprecated Use penstock.v1.AddressRanges.$Properties instead.
             */

            /**
             * Shape of an AddressRanges.
             * @typedef {penstock.v1.AddressRanges.$Properties} penstock.v1.AddressRanges.$Shape
             */

            /**
             * Constructs a new AddressRanges.
             * @memberof penstock.v1
             * @classdesc Represents an AddressRanges.
             * @constructor
             * @param {penstock.v1.AddressRanges.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const AddressRanges = function (properties) {
                this.cidrs = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * AddressRanges cidrs.
             * @member {Array.<string>} cidrs
             * @memberof penstock.v1.AddressRanges
             * @instance
             */
            AddressRanges.prototype.cidrs = $util.emptyArray;

            /**
             * AddressRanges words.
             * @member {Uint8Array} words
             * @memberof penstock.v1.AddressRanges
             * @instance
             */
            AddressRanges.prototype.words = $util.newBuffer([]);

            /**
             * Encodes the specified AddressRanges message. Does not implicitly {@link penstock.v1.AddressRanges.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.AddressRanges
             * @static
             * @param {penstock.v1.AddressRanges.$Properties} message AddressRanges message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            AddressRanges.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.cidrs != null && message.cidrs.length)
                    for (let i = 0; i < message.cidrs.length; ++i)
                        writer.uint32(/* id 1, wireType 2 =*/10).string(message.cidrs[i]);
                if (message.words != null && $Object.hasOwnProperty.call(message, "words") && message.words.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).bytes(message.words);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an AddressRanges message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.AddressRanges
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.AddressRanges & penstock.v1.AddressRanges.$Shape} AddressRanges
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            AddressRanges.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.AddressRanges();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.cidrs && message.cidrs.length))
                                message.cidrs = [];
                            message.cidrs.push(reader.stringVerify());
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.bytes()).length)
                                message.words = value;
                            else
                                delete message.words;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return AddressRanges;
        })();

        /**
         * RateLimitKey enum.
         * @name penstock.v1.RateLimitKey
         * @enum {number}
         * @property {number} RATE_LIMIT_KEY_IP=0 RATE_LIMIT_KEY_IP value
         * @property {number} RATE_LIMIT_KEY_HOST=1 RATE_LIMIT_KEY_HOST value
         * @property {number} RATE_LIMIT_KEY_GLOBAL=2 RATE_LIMIT_KEY_GLOBAL value
         * @property {number} RATE_LIMIT_KEY_HEADER=3 RATE_LIMIT_KEY_HEADER value
         */
        v1.RateLimitKey = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "RATE_LIMIT_KEY_IP"] = 0;
            values[valuesById[1] = "RATE_LIMIT_KEY_HOST"] = 1;
            values[valuesById[2] = "RATE_LIMIT_KEY_GLOBAL"] = 2;
            values[valuesById[3] = "RATE_LIMIT_KEY_HEADER"] = 3;
            return values;
        })();

        v1.RateLimit = (function() {

            /**
             * Properties of a RateLimit.
             * @typedef {Object} penstock.v1.RateLimit.$Properties
             * @property {string|null} [name] RateLimit name
             * @property {number|null} [requestsPerSecond] RateLimit requestsPerSecond
             * @property {number|null} [burst] RateLimit burst
             * @property {penstock.v1.RateLimitKey|null} [by] RateLimit by
             * @property {string|null} [header] RateLimit header
             * @property {number|null} [seed0] RateLimit seed0
             * @property {number|null} [seed1] RateLimit seed1
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a RateLimit.
             * @memberof penstock.v1
             * @interface IRateLimit
             * @augments penstock.v1.RateLimit.$Properties
             * @deprecated Use penstock.v1.RateLimit.$Properties instead.
             */

            /**
             * Shape of a RateLimit.
             * @typedef {penstock.v1.RateLimit.$Properties} penstock.v1.RateLimit.$Shape
             */

            /**
             * Constructs a new RateLimit.
             * @memberof penstock.v1
             * @classdesc Represents a RateLimit.
             * @constructor
             * @param {penstock.v1.RateLimit.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const RateLimit = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * RateLimit name.
             * @member {string} name
             * @memberof penstock.v1.RateLimit
             * @instance
             */
            RateLimit.prototype.name = "";

            /**
             * RateLimit requestsPerSecond.
             * @member {number} requestsPerSecond
             * @memberof penstock.v1.RateLimit
             * @instance
             */
            RateLimit.prototype.requestsPerSecond = 0;

            /**
             * RateLimit burst.
             * @member {number} burst
             * @memberof penstock.v1.RateLimit
             * @instance
             */
            RateLimit.prototype.burst = 0;

            /**
             * RateLimit by.
             * @member {penstock.v1.RateLimitKey} by
             * @memberof penstock.v1.RateLimit
             * @instance
             */
            RateLimit.prototype.by = 0;

            /**
             * RateLimit header.
             * @member {string} header
             * @memberof penstock.v1.RateLimit
             * @instance
             */
            RateLimit.prototype.header = "";

            /**
             * RateLimit seed0.
             * @member {number} seed0
             * @memberof penstock.v1.RateLimit
             * @instance
             */
            RateLimit.prototype.seed0 = 0;

            /**
             * RateLimit seed1.
             * @member {number} seed1
             * @memberof penstock.v1.RateLimit
             * @instance
             */
            RateLimit.prototype.seed1 = 0;

            /**
             * Encodes the specified RateLimit message. Does not implicitly {@link penstock.v1.RateLimit.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.RateLimit
             * @static
             * @param {penstock.v1.RateLimit.$Properties} message RateLimit message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            RateLimit.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.requestsPerSecond != null && $Object.hasOwnProperty.call(message, "requestsPerSecond") && !$Object.is(message.requestsPerSecond, 0))
                    writer.uint32(/* id 2, wireType 1 =*/17).double(message.requestsPerSecond);
                if (message.burst != null && $Object.hasOwnProperty.call(message, "burst") && message.burst !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.burst);
                if (message.by != null && $Object.hasOwnProperty.call(message, "by") && message.by !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).int32(message.by);
                if (message.header != null && $Object.hasOwnProperty.call(message, "header") && message.header !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.header);
                if (message.seed0 != null && $Object.hasOwnProperty.call(message, "seed0") && message.seed0 !== 0)
                    writer.uint32(/* id 6, wireType 5 =*/53).fixed32(message.seed0);
                if (message.seed1 != null && $Object.hasOwnProperty.call(message, "seed1") && message.seed1 !== 0)
                    writer.uint32(/* id 7, wireType 5 =*/61).fixed32(message.seed1);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a RateLimit message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.RateLimit
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.RateLimit & penstock.v1.RateLimit.$Shape} RateLimit
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            RateLimit.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.RateLimit();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 1)
                                break;
                            if (!$Object.is(value = reader.double(), 0))
                                message.requestsPerSecond = value;
                            else
                                delete message.requestsPerSecond;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.burst = value;
                            else
                                delete message.burst;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.by = value;
                            else
                                delete message.by;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.header = value;
                            else
                                delete message.header;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.seed0 = value;
                            else
                                delete message.seed0;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 5)
                                break;
                            if (value = reader.fixed32())
                                message.seed1 = value;
                            else
                                delete message.seed1;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return RateLimit;
        })();

        v1.Split = (function() {

            /**
             * Properties of a Split.
             * @typedef {Object} penstock.v1.Split.$Properties
             * @property {Array.<number>|null} [services] Split services
             * @property {Array.<number>|null} [weights] Split weights
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Split.
             * @memberof penstock.v1
             * @interface ISplit
             * @augments penstock.v1.Split.$Properties
             * @deprecated Use penstock.v1.Split.$Properties instead.
             */

            /**
             * Shape of a Split.
             * @typedef {penstock.v1.Split.$Properties} penstock.v1.Split.$Shape
             */

            /**
             * Constructs a new Split.
             * @memberof penstock.v1
             * @classdesc Represents a Split.
             * @constructor
             * @param {penstock.v1.Split.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Split = function (properties) {
                this.services = [];
                this.weights = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Split services.
             * @member {Array.<number>} services
             * @memberof penstock.v1.Split
             * @instance
             */
            Split.prototype.services = $util.emptyArray;

            /**
             * Split weights.
             * @member {Array.<number>} weights
             * @memberof penstock.v1.Split
             * @instance
             */
            Split.prototype.weights = $util.emptyArray;

            /**
             * Encodes the specified Split message. Does not implicitly {@link penstock.v1.Split.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Split
             * @static
             * @param {penstock.v1.Split.$Properties} message Split message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Split.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.services != null && message.services.length)
                    writer.uint32(/* id 1, wireType 2 =*/10).uint32s(message.services);
                if (message.weights != null && message.weights.length)
                    writer.uint32(/* id 2, wireType 2 =*/18).uint32s(message.weights);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Split message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Split
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Split & penstock.v1.Split.$Shape} Split
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Split.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Split();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType === 2) {
                                if (!(message.services && message.services.length))
                                    message.services = [];
                                reader.uint32s(message.services);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.services && message.services.length))
                                message.services = [];
                            message.services.push(reader.uint32());
                            continue;
                        }
                    case 2: {
                            if (wireType === 2) {
                                if (!(message.weights && message.weights.length))
                                    message.weights = [];
                                reader.uint32s(message.weights);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.weights && message.weights.length))
                                message.weights = [];
                            message.weights.push(reader.uint32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Split;
        })();

        v1.Redirect = (function() {

            /**
             * Properties of a Redirect.
             * @typedef {Object} penstock.v1.Redirect.$Properties
             * @property {string|null} [to] Redirect to
             * @property {number|null} [status] Redirect status
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Redirect.
             * @memberof penstock.v1
             * @interface IRedirect
             * @augments penstock.v1.Redirect.$Properties
             * @deprecated Use penstock.v1.Redirect.$Properties instead.
             */

            /**
             * Shape of a Redirect.
             * @typedef {penstock.v1.Redirect.$Properties} penstock.v1.Redirect.$Shape
             */

            /**
             * Constructs a new Redirect.
             * @memberof penstock.v1
             * @classdesc Represents a Redirect.
             * @constructor
             * @param {penstock.v1.Redirect.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Redirect = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Redirect to.
             * @member {string} to
             * @memberof penstock.v1.Redirect
             * @instance
             */
            Redirect.prototype.to = "";

            /**
             * Redirect status.
             * @member {number} status
             * @memberof penstock.v1.Redirect
             * @instance
             */
            Redirect.prototype.status = 0;

            /**
             * Encodes the specified Redirect message. Does not implicitly {@link penstock.v1.Redirect.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Redirect
             * @static
             * @param {penstock.v1.Redirect.$Properties} message Redirect message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Redirect.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.to != null && $Object.hasOwnProperty.call(message, "to") && message.to !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.to);
                if (message.status != null && $Object.hasOwnProperty.call(message, "status") && message.status !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.status);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Redirect message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Redirect
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Redirect & penstock.v1.Redirect.$Shape} Redirect
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Redirect.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Redirect();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.to = value;
                            else
                                delete message.to;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.status = value;
                            else
                                delete message.status;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Redirect;
        })();

        v1.Respond = (function() {

            /**
             * Properties of a Respond.
             * @typedef {Object} penstock.v1.Respond.$Properties
             * @property {number|null} [status] Respond status
             * @property {string|null} [body] Respond body
             * @property {Array.<penstock.v1.NameValue.$Properties>|null} [headers] Respond headers
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Respond.
             * @memberof penstock.v1
             * @interface IRespond
             * @augments penstock.v1.Respond.$Properties
             * @deprecated Use penstock.v1.Respond.$Properties instead.
             */

            /**
             * Shape of a Respond.
             * @typedef {penstock.v1.Respond.$Properties} penstock.v1.Respond.$Shape
             */

            /**
             * Constructs a new Respond.
             * @memberof penstock.v1
             * @classdesc Represents a Respond.
             * @constructor
             * @param {penstock.v1.Respond.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Respond = function (properties) {
                this.headers = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Respond status.
             * @member {number} status
             * @memberof penstock.v1.Respond
             * @instance
             */
            Respond.prototype.status = 0;

            /**
             * Respond body.
             * @member {string} body
             * @memberof penstock.v1.Respond
             * @instance
             */
            Respond.prototype.body = "";

            /**
             * Respond headers.
             * @member {Array.<penstock.v1.NameValue.$Properties>} headers
             * @memberof penstock.v1.Respond
             * @instance
             */
            Respond.prototype.headers = $util.emptyArray;

            /**
             * Encodes the specified Respond message. Does not implicitly {@link penstock.v1.Respond.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Respond
             * @static
             * @param {penstock.v1.Respond.$Properties} message Respond message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Respond.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.status != null && $Object.hasOwnProperty.call(message, "status") && message.status !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.status);
                if (message.body != null && $Object.hasOwnProperty.call(message, "body") && message.body !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.body);
                if (message.headers != null && message.headers.length)
                    for (let i = 0; i < message.headers.length; ++i)
                        $root.penstock.v1.NameValue.encode(message.headers[i], writer.uint32(/* id 3, wireType 2 =*/26).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Respond message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Respond
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Respond & penstock.v1.Respond.$Shape} Respond
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Respond.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Respond();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.status = value;
                            else
                                delete message.status;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.body = value;
                            else
                                delete message.body;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.headers && message.headers.length))
                                message.headers = [];
                            message.headers.push($root.penstock.v1.NameValue.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Respond;
        })();

        v1.Rewrite = (function() {

            /**
             * Properties of a Rewrite.
             * @typedef {Object} penstock.v1.Rewrite.$Properties
             * @property {string|null} [stripPrefix] Rewrite stripPrefix
             * @property {string|null} [replacePrefix] Rewrite replacePrefix
             * @property {string|null} [replacePath] Rewrite replacePath
             * @property {string|null} [host] Rewrite host
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Rewrite.
             * @memberof penstock.v1
             * @interface IRewrite
             * @augments penstock.v1.Rewrite.$Properties
             * @deprecated Use penstock.v1.Rewrite.$Properties instead.
             */

            /**
             * Shape of a Rewrite.
             * @typedef {penstock.v1.Rewrite.$Properties} penstock.v1.Rewrite.$Shape
             */

            /**
             * Constructs a new Rewrite.
             * @memberof penstock.v1
             * @classdesc Represents a Rewrite.
             * @constructor
             * @param {penstock.v1.Rewrite.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Rewrite = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Rewrite stripPrefix.
             * @member {string|null|undefined} stripPrefix
             * @memberof penstock.v1.Rewrite
             * @instance
             */
            Rewrite.prototype.stripPrefix = null;

            /**
             * Rewrite replacePrefix.
             * @member {string|null|undefined} replacePrefix
             * @memberof penstock.v1.Rewrite
             * @instance
             */
            Rewrite.prototype.replacePrefix = null;

            /**
             * Rewrite replacePath.
             * @member {string|null|undefined} replacePath
             * @memberof penstock.v1.Rewrite
             * @instance
             */
            Rewrite.prototype.replacePath = null;

            /**
             * Rewrite host.
             * @member {string|null|undefined} host
             * @memberof penstock.v1.Rewrite
             * @instance
             */
            Rewrite.prototype.host = null;

            // OneOf field names bound to virtual getters and setters
            let $oneOfFields;

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Rewrite.prototype, "_stripPrefix", {
                get: $util.oneOfGetter($oneOfFields = ["stripPrefix"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Rewrite.prototype, "_replacePrefix", {
                get: $util.oneOfGetter($oneOfFields = ["replacePrefix"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Rewrite.prototype, "_replacePath", {
                get: $util.oneOfGetter($oneOfFields = ["replacePath"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            // Virtual OneOf for proto3 optional field
            $Object.defineProperty(Rewrite.prototype, "_host", {
                get: $util.oneOfGetter($oneOfFields = ["host"]),
                set: $util.oneOfSetter($oneOfFields)
            });

            /**
             * Encodes the specified Rewrite message. Does not implicitly {@link penstock.v1.Rewrite.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Rewrite
             * @static
             * @param {penstock.v1.Rewrite.$Properties} message Rewrite message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Rewrite.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.stripPrefix != null && $Object.hasOwnProperty.call(message, "stripPrefix"))
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.stripPrefix);
                if (message.replacePrefix != null && $Object.hasOwnProperty.call(message, "replacePrefix"))
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.replacePrefix);
                if (message.replacePath != null && $Object.hasOwnProperty.call(message, "replacePath"))
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.replacePath);
                if (message.host != null && $Object.hasOwnProperty.call(message, "host"))
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.host);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Rewrite message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Rewrite
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Rewrite & penstock.v1.Rewrite.$Shape} Rewrite
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Rewrite.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Rewrite();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            message.stripPrefix = reader.stringVerify();
                            message._stripPrefix = "stripPrefix";
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            message.replacePrefix = reader.stringVerify();
                            message._replacePrefix = "replacePrefix";
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            message.replacePath = reader.stringVerify();
                            message._replacePath = "replacePath";
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.host = reader.stringVerify();
                            message._host = "host";
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Rewrite;
        })();

        v1.HeaderOps = (function() {

            /**
             * Properties of a HeaderOps.
             * @typedef {Object} penstock.v1.HeaderOps.$Properties
             * @property {Array.<penstock.v1.NameValue.$Properties>|null} [add] HeaderOps add
             * @property {Array.<penstock.v1.NameValue.$Properties>|null} [set] HeaderOps set
             * @property {Array.<string>|null} [remove] HeaderOps remove
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a HeaderOps.
             * @memberof penstock.v1
             * @interface IHeaderOps
             * @augments penstock.v1.HeaderOps.$Properties
             * @deprecated Use penstock.v1.HeaderOps.$Properties instead.
             */

            /**
             * Shape of a HeaderOps.
             * @typedef {penstock.v1.HeaderOps.$Properties} penstock.v1.HeaderOps.$Shape
             */

            /**
             * Constructs a new HeaderOps.
             * @memberof penstock.v1
             * @classdesc Represents a HeaderOps.
             * @constructor
             * @param {penstock.v1.HeaderOps.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const HeaderOps = function (properties) {
                this.add = [];
                this.set = [];
                this.remove = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * HeaderOps add.
             * @member {Array.<penstock.v1.NameValue.$Properties>} add
             * @memberof penstock.v1.HeaderOps
             * @instance
             */
            HeaderOps.prototype.add = $util.emptyArray;

            /**
             * HeaderOps set.
             * @member {Array.<penstock.v1.NameValue.$Properties>} set
             * @memberof penstock.v1.HeaderOps
             * @instance
             */
            HeaderOps.prototype.set = $util.emptyArray;

            /**
             * HeaderOps remove.
             * @member {Array.<string>} remove
             * @memberof penstock.v1.HeaderOps
             * @instance
             */
            HeaderOps.prototype.remove = $util.emptyArray;

            /**
             * Encodes the specified HeaderOps message. Does not implicitly {@link penstock.v1.HeaderOps.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.HeaderOps
             * @static
             * @param {penstock.v1.HeaderOps.$Properties} message HeaderOps message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            HeaderOps.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.add != null && message.add.length)
                    for (let i = 0; i < message.add.length; ++i)
                        $root.penstock.v1.NameValue.encode(message.add[i], writer.uint32(/* id 1, wireType 2 =*/10).fork(), _depth + 1).ldelim();
                if (message.set != null && message.set.length)
                    for (let i = 0; i < message.set.length; ++i)
                        $root.penstock.v1.NameValue.encode(message.set[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.remove != null && message.remove.length)
                    for (let i = 0; i < message.remove.length; ++i)
                        writer.uint32(/* id 3, wireType 2 =*/26).string(message.remove[i]);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a HeaderOps message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.HeaderOps
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.HeaderOps & penstock.v1.HeaderOps.$Shape} HeaderOps
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            HeaderOps.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.HeaderOps();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if (!(message.add && message.add.length))
                                message.add = [];
                            message.add.push($root.penstock.v1.NameValue.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.set && message.set.length))
                                message.set = [];
                            message.set.push($root.penstock.v1.NameValue.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if (!(message.remove && message.remove.length))
                                message.remove = [];
                            message.remove.push(reader.stringVerify());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return HeaderOps;
        })();

        /**
         * Balance enum.
         * @name penstock.v1.Balance
         * @enum {number}
         * @property {number} BALANCE_ROUND_ROBIN=0 BALANCE_ROUND_ROBIN value
         * @property {number} BALANCE_RANDOM=1 BALANCE_RANDOM value
         * @property {number} BALANCE_LEAST_REQUESTS=2 BALANCE_LEAST_REQUESTS value
         * @property {number} BALANCE_P2C=3 BALANCE_P2C value
         * @property {number} BALANCE_HASH=4 BALANCE_HASH value
         */
        v1.Balance = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "BALANCE_ROUND_ROBIN"] = 0;
            values[valuesById[1] = "BALANCE_RANDOM"] = 1;
            values[valuesById[2] = "BALANCE_LEAST_REQUESTS"] = 2;
            values[valuesById[3] = "BALANCE_P2C"] = 3;
            values[valuesById[4] = "BALANCE_HASH"] = 4;
            return values;
        })();

        /**
         * UpstreamProtocol enum.
         * @name penstock.v1.UpstreamProtocol
         * @enum {number}
         * @property {number} UPSTREAM_PROTOCOL_HTTP1=0 UPSTREAM_PROTOCOL_HTTP1 value
         * @property {number} UPSTREAM_PROTOCOL_H2=1 UPSTREAM_PROTOCOL_H2 value
         * @property {number} UPSTREAM_PROTOCOL_H2C=2 UPSTREAM_PROTOCOL_H2C value
         */
        v1.UpstreamProtocol = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "UPSTREAM_PROTOCOL_HTTP1"] = 0;
            values[valuesById[1] = "UPSTREAM_PROTOCOL_H2"] = 1;
            values[valuesById[2] = "UPSTREAM_PROTOCOL_H2C"] = 2;
            return values;
        })();

        v1.UpstreamTls = (function() {

            /**
             * Properties of an UpstreamTls.
             * @typedef {Object} penstock.v1.UpstreamTls.$Properties
             * @property {string|null} [serverName] UpstreamTls serverName
             * @property {string|null} [caPem] UpstreamTls caPem
             * @property {boolean|null} [insecure] UpstreamTls insecure
             * @property {string|null} [certPem] UpstreamTls certPem
             * @property {string|null} [keyPem] UpstreamTls keyPem
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an UpstreamTls.
             * @memberof penstock.v1
             * @interface IUpstreamTls
             * @augments penstock.v1.UpstreamTls.$Properties
             * @deprecated Use penstock.v1.UpstreamTls.$Properties instead.
             */

            /**
             * Shape of an UpstreamTls.
             * @typedef {penstock.v1.UpstreamTls.$Properties} penstock.v1.UpstreamTls.$Shape
             */

            /**
             * Constructs a new UpstreamTls.
             * @memberof penstock.v1
             * @classdesc Represents an UpstreamTls.
             * @constructor
             * @param {penstock.v1.UpstreamTls.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const UpstreamTls = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * UpstreamTls serverName.
             * @member {string} serverName
             * @memberof penstock.v1.UpstreamTls
             * @instance
             */
            UpstreamTls.prototype.serverName = "";

            /**
             * UpstreamTls caPem.
             * @member {string} caPem
             * @memberof penstock.v1.UpstreamTls
             * @instance
             */
            UpstreamTls.prototype.caPem = "";

            /**
             * UpstreamTls insecure.
             * @member {boolean} insecure
             * @memberof penstock.v1.UpstreamTls
             * @instance
             */
            UpstreamTls.prototype.insecure = false;

            /**
             * UpstreamTls certPem.
             * @member {string} certPem
             * @memberof penstock.v1.UpstreamTls
             * @instance
             */
            UpstreamTls.prototype.certPem = "";

            /**
             * UpstreamTls keyPem.
             * @member {string} keyPem
             * @memberof penstock.v1.UpstreamTls
             * @instance
             */
            UpstreamTls.prototype.keyPem = "";

            /**
             * Encodes the specified UpstreamTls message. Does not implicitly {@link penstock.v1.UpstreamTls.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.UpstreamTls
             * @static
             * @param {penstock.v1.UpstreamTls.$Properties} message UpstreamTls message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            UpstreamTls.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.serverName != null && $Object.hasOwnProperty.call(message, "serverName") && message.serverName !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.serverName);
                if (message.caPem != null && $Object.hasOwnProperty.call(message, "caPem") && message.caPem !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.caPem);
                if (message.insecure != null && $Object.hasOwnProperty.call(message, "insecure") && message.insecure !== false)
                    writer.uint32(/* id 3, wireType 0 =*/24).bool(message.insecure);
                if (message.certPem != null && $Object.hasOwnProperty.call(message, "certPem") && message.certPem !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.certPem);
                if (message.keyPem != null && $Object.hasOwnProperty.call(message, "keyPem") && message.keyPem !== "")
                    writer.uint32(/* id 5, wireType 2 =*/42).string(message.keyPem);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an UpstreamTls message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.UpstreamTls
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.UpstreamTls & penstock.v1.UpstreamTls.$Shape} UpstreamTls
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            UpstreamTls.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.UpstreamTls();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.serverName = value;
                            else
                                delete message.serverName;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.caPem = value;
                            else
                                delete message.caPem;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.insecure = value;
                            else
                                delete message.insecure;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.certPem = value;
                            else
                                delete message.certPem;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.keyPem = value;
                            else
                                delete message.keyPem;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return UpstreamTls;
        })();

        v1.Service = (function() {

            /**
             * Properties of a Service.
             * @typedef {Object} penstock.v1.Service.$Properties
             * @property {string|null} [name] Service name
             * @property {Array.<penstock.v1.Endpoint.$Properties>|null} [endpoints] Service endpoints
             * @property {penstock.v1.Balance|null} [balance] Service balance
             * @property {number|null} [maxIdle] Service maxIdle
             * @property {number|null} [idleTimeoutMs] Service idleTimeoutMs
             * @property {number|null} [maxRequests] Service maxRequests
             * @property {number|null} [connectMs] Service connectMs
             * @property {number|null} [responseMs] Service responseMs
             * @property {number|null} [idleMs] Service idleMs
             * @property {number|null} [counterSlot] Service counterSlot
             * @property {penstock.v1.Origin.$Properties|null} [origin] Service origin
             * @property {penstock.v1.UpstreamProtocol|null} [protocol] Service protocol
             * @property {number|null} [tls] Service tls
             * @property {string|null} [hashOn] Service hashOn
             * @property {number|null} [maxRequestsPerEndpoint] Service maxRequestsPerEndpoint
             * @property {string|null} [stickyCookie] Service stickyCookie
             * @property {number|null} [proxyProtocol] Service proxyProtocol
             * @property {penstock.v1.HealthCheck.$Properties|null} [healthCheck] Service healthCheck
             * @property {penstock.v1.Outlier.$Properties|null} [outlier] Service outlier
             * @property {penstock.v1.Retries.$Properties|null} [retries] Service retries
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Service.
             * @memberof penstock.v1
             * @interface IService
             * @augments penstock.v1.Service.$Properties
             * @deprecated Use penstock.v1.Service.$Properties instead.
             */

            /**
             * Shape of a Service.
             * @typedef {penstock.v1.Service.$Properties} penstock.v1.Service.$Shape
             */

            /**
             * Constructs a new Service.
             * @memberof penstock.v1
             * @classdesc Represents a Service.
             * @constructor
             * @param {penstock.v1.Service.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Service = function (properties) {
                this.endpoints = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Service name.
             * @member {string} name
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.name = "";

            /**
             * Service endpoints.
             * @member {Array.<penstock.v1.Endpoint.$Properties>} endpoints
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.endpoints = $util.emptyArray;

            /**
             * Service balance.
             * @member {penstock.v1.Balance} balance
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.balance = 0;

            /**
             * Service maxIdle.
             * @member {number} maxIdle
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.maxIdle = 0;

            /**
             * Service idleTimeoutMs.
             * @member {number} idleTimeoutMs
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.idleTimeoutMs = 0;

            /**
             * Service maxRequests.
             * @member {number} maxRequests
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.maxRequests = 0;

            /**
             * Service connectMs.
             * @member {number} connectMs
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.connectMs = 0;

            /**
             * Service responseMs.
             * @member {number} responseMs
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.responseMs = 0;

            /**
             * Service idleMs.
             * @member {number} idleMs
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.idleMs = 0;

            /**
             * Service counterSlot.
             * @member {number} counterSlot
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.counterSlot = 0;

            /**
             * Service origin.
             * @member {penstock.v1.Origin.$Properties|null|undefined} origin
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.origin = null;

            /**
             * Service protocol.
             * @member {penstock.v1.UpstreamProtocol} protocol
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.protocol = 0;

            /**
             * Service tls.
             * @member {number} tls
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.tls = 0;

            /**
             * Service hashOn.
             * @member {string} hashOn
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.hashOn = "";

            /**
             * Service maxRequestsPerEndpoint.
             * @member {number} maxRequestsPerEndpoint
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.maxRequestsPerEndpoint = 0;

            /**
             * Service stickyCookie.
             * @member {string} stickyCookie
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.stickyCookie = "";

            /**
             * Service proxyProtocol.
             * @member {number} proxyProtocol
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.proxyProtocol = 0;

            /**
             * Service healthCheck.
             * @member {penstock.v1.HealthCheck.$Properties|null|undefined} healthCheck
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.healthCheck = null;

            /**
             * Service outlier.
             * @member {penstock.v1.Outlier.$Properties|null|undefined} outlier
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.outlier = null;

            /**
             * Service retries.
             * @member {penstock.v1.Retries.$Properties|null|undefined} retries
             * @memberof penstock.v1.Service
             * @instance
             */
            Service.prototype.retries = null;

            /**
             * Encodes the specified Service message. Does not implicitly {@link penstock.v1.Service.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Service
             * @static
             * @param {penstock.v1.Service.$Properties} message Service message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Service.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.name != null && $Object.hasOwnProperty.call(message, "name") && message.name !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.name);
                if (message.endpoints != null && message.endpoints.length)
                    for (let i = 0; i < message.endpoints.length; ++i)
                        $root.penstock.v1.Endpoint.encode(message.endpoints[i], writer.uint32(/* id 2, wireType 2 =*/18).fork(), _depth + 1).ldelim();
                if (message.balance != null && $Object.hasOwnProperty.call(message, "balance") && message.balance !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).int32(message.balance);
                if (message.maxIdle != null && $Object.hasOwnProperty.call(message, "maxIdle") && message.maxIdle !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.maxIdle);
                if (message.idleTimeoutMs != null && $Object.hasOwnProperty.call(message, "idleTimeoutMs") && message.idleTimeoutMs !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.idleTimeoutMs);
                if (message.maxRequests != null && $Object.hasOwnProperty.call(message, "maxRequests") && message.maxRequests !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.maxRequests);
                if (message.connectMs != null && $Object.hasOwnProperty.call(message, "connectMs") && message.connectMs !== 0)
                    writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.connectMs);
                if (message.responseMs != null && $Object.hasOwnProperty.call(message, "responseMs") && message.responseMs !== 0)
                    writer.uint32(/* id 8, wireType 0 =*/64).uint32(message.responseMs);
                if (message.idleMs != null && $Object.hasOwnProperty.call(message, "idleMs") && message.idleMs !== 0)
                    writer.uint32(/* id 9, wireType 0 =*/72).uint32(message.idleMs);
                if (message.counterSlot != null && $Object.hasOwnProperty.call(message, "counterSlot") && message.counterSlot !== 0)
                    writer.uint32(/* id 10, wireType 0 =*/80).uint32(message.counterSlot);
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin"))
                    $root.penstock.v1.Origin.encode(message.origin, writer.uint32(/* id 11, wireType 2 =*/90).fork(), _depth + 1).ldelim();
                if (message.protocol != null && $Object.hasOwnProperty.call(message, "protocol") && message.protocol !== 0)
                    writer.uint32(/* id 12, wireType 0 =*/96).int32(message.protocol);
                if (message.tls != null && $Object.hasOwnProperty.call(message, "tls") && message.tls !== 0)
                    writer.uint32(/* id 13, wireType 0 =*/104).uint32(message.tls);
                if (message.hashOn != null && $Object.hasOwnProperty.call(message, "hashOn") && message.hashOn !== "")
                    writer.uint32(/* id 14, wireType 2 =*/114).string(message.hashOn);
                if (message.maxRequestsPerEndpoint != null && $Object.hasOwnProperty.call(message, "maxRequestsPerEndpoint") && message.maxRequestsPerEndpoint !== 0)
                    writer.uint32(/* id 15, wireType 0 =*/120).uint32(message.maxRequestsPerEndpoint);
                if (message.stickyCookie != null && $Object.hasOwnProperty.call(message, "stickyCookie") && message.stickyCookie !== "")
                    writer.uint32(/* id 16, wireType 2 =*/130).string(message.stickyCookie);
                if (message.proxyProtocol != null && $Object.hasOwnProperty.call(message, "proxyProtocol") && message.proxyProtocol !== 0)
                    writer.uint32(/* id 17, wireType 0 =*/136).uint32(message.proxyProtocol);
                if (message.healthCheck != null && $Object.hasOwnProperty.call(message, "healthCheck"))
                    $root.penstock.v1.HealthCheck.encode(message.healthCheck, writer.uint32(/* id 20, wireType 2 =*/162).fork(), _depth + 1).ldelim();
                if (message.outlier != null && $Object.hasOwnProperty.call(message, "outlier"))
                    $root.penstock.v1.Outlier.encode(message.outlier, writer.uint32(/* id 21, wireType 2 =*/170).fork(), _depth + 1).ldelim();
                if (message.retries != null && $Object.hasOwnProperty.call(message, "retries"))
                    $root.penstock.v1.Retries.encode(message.retries, writer.uint32(/* id 22, wireType 2 =*/178).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Service message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Service
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Service & penstock.v1.Service.$Shape} Service
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Service.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Service();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.name = value;
                            else
                                delete message.name;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.endpoints && message.endpoints.length))
                                message.endpoints = [];
                            message.endpoints.push($root.penstock.v1.Endpoint.decode(reader, reader.size(), $undefined, _depth + 1));
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.balance = value;
                            else
                                delete message.balance;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.maxIdle = value;
                            else
                                delete message.maxIdle;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.idleTimeoutMs = value;
                            else
                                delete message.idleTimeoutMs;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.maxRequests = value;
                            else
                                delete message.maxRequests;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.connectMs = value;
                            else
                                delete message.connectMs;
                            continue;
                        }
                    case 8: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.responseMs = value;
                            else
                                delete message.responseMs;
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.idleMs = value;
                            else
                                delete message.idleMs;
                            continue;
                        }
                    case 10: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.counterSlot = value;
                            else
                                delete message.counterSlot;
                            continue;
                        }
                    case 11: {
                            if (wireType !== 2)
                                break;
                            message.origin = $root.penstock.v1.Origin.decode(reader, reader.size(), $undefined, _depth + 1, message.origin);
                            continue;
                        }
                    case 12: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.protocol = value;
                            else
                                delete message.protocol;
                            continue;
                        }
                    case 13: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.tls = value;
                            else
                                delete message.tls;
                            continue;
                        }
                    case 14: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.hashOn = value;
                            else
                                delete message.hashOn;
                            continue;
                        }
                    case 15: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.maxRequestsPerEndpoint = value;
                            else
                                delete message.maxRequestsPerEndpoint;
                            continue;
                        }
                    case 16: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.stickyCookie = value;
                            else
                                delete message.stickyCookie;
                            continue;
                        }
                    case 17: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.proxyProtocol = value;
                            else
                                delete message.proxyProtocol;
                            continue;
                        }
                    case 20: {
                            if (wireType !== 2)
                                break;
                            message.healthCheck = $root.penstock.v1.HealthCheck.decode(reader, reader.size(), $undefined, _depth + 1, message.healthCheck);
                            continue;
                        }
                    case 21: {
                            if (wireType !== 2)
                                break;
                            message.outlier = $root.penstock.v1.Outlier.decode(reader, reader.size(), $undefined, _depth + 1, message.outlier);
                            continue;
                        }
                    case 22: {
                            if (wireType !== 2)
                                break;
                            message.retries = $root.penstock.v1.Retries.decode(reader, reader.size(), $undefined, _depth + 1, message.retries);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Service;
        })();

        v1.HealthCheck = (function() {

            /**
             * Properties of a HealthCheck.
             * @typedef {Object} penstock.v1.HealthCheck.$Properties
             * @property {boolean|null} [tcp] HealthCheck tcp
             * @property {string|null} [path] HealthCheck path
             * @property {string|null} [host] HealthCheck host
             * @property {number|null} [intervalMs] HealthCheck intervalMs
             * @property {number|null} [timeoutMs] HealthCheck timeoutMs
             * @property {number|null} [healthyAfter] HealthCheck healthyAfter
             * @property {number|null} [unhealthyAfter] HealthCheck unhealthyAfter
             * @property {Array.<number>|null} [expect] HealthCheck expect
             * @property {boolean|null} [initiallyUnhealthy] HealthCheck initiallyUnhealthy
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a HealthCheck.
             * @memberof penstock.v1
             * @interface IHealthCheck
             * @augments penstock.v1.HealthCheck.$Properties
             * @deprecated Use penstock.v1.HealthCheck.$Properties instead.
             */

            /**
             * Shape of a HealthCheck.
             * @typedef {penstock.v1.HealthCheck.$Properties} penstock.v1.HealthCheck.$Shape
             */

            /**
             * Constructs a new HealthCheck.
             * @memberof penstock.v1
             * @classdesc Represents a HealthCheck.
             * @constructor
             * @param {penstock.v1.HealthCheck.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const HealthCheck = function (properties) {
                this.expect = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * HealthCheck tcp.
             * @member {boolean} tcp
             * @memberof penstock.v1.HealthCheck
             * @instance
             */
            HealthCheck.prototype.tcp = false;

            /**
             * HealthCheck path.
             * @member {string} path
             * @memberof penstock.v1.HealthCheck
             * @instance
             */
            HealthCheck.prototype.path = "";

            /**
             * HealthCheck host.
             * @member {string} host
             * @memberof penstock.v1.HealthCheck
             * @instance
             */
            HealthCheck.prototype.host = "";

            /**
             * HealthCheck intervalMs.
             * @member {number} intervalMs
             * @memberof penstock.v1.HealthCheck
             * @instance
             */
            HealthCheck.prototype.intervalMs = 0;

            /**
             * HealthCheck timeoutMs.
             * @member {number} timeoutMs
             * @memberof penstock.v1.HealthCheck
             * @instance
             */
            HealthCheck.prototype.timeoutMs = 0;

            /**
             * HealthCheck healthyAfter.
             * @member {number} healthyAfter
             * @memberof penstock.v1.HealthCheck
             * @instance
             */
            HealthCheck.prototype.healthyAfter = 0;

            /**
             * HealthCheck unhealthyAfter.
             * @member {number} unhealthyAfter
             * @memberof penstock.v1.HealthCheck
             * @instance
             */
            HealthCheck.prototype.unhealthyAfter = 0;

            /**
             * HealthCheck expect.
             * @member {Array.<number>} expect
             * @memberof penstock.v1.HealthCheck
             * @instance
             */
            HealthCheck.prototype.expect = $util.emptyArray;

            /**
             * HealthCheck initiallyUnhealthy.
             * @member {boolean} initiallyUnhealthy
             * @memberof penstock.v1.HealthCheck
             * @instance
             */
            HealthCheck.prototype.initiallyUnhealthy = false;

            /**
             * Encodes the specified HealthCheck message. Does not implicitly {@link penstock.v1.HealthCheck.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.HealthCheck
             * @static
             * @param {penstock.v1.HealthCheck.$Properties} message HealthCheck message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            HealthCheck.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.tcp != null && $Object.hasOwnProperty.call(message, "tcp") && message.tcp !== false)
                    writer.uint32(/* id 1, wireType 0 =*/8).bool(message.tcp);
                if (message.path != null && $Object.hasOwnProperty.call(message, "path") && message.path !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.path);
                if (message.host != null && $Object.hasOwnProperty.call(message, "host") && message.host !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.host);
                if (message.intervalMs != null && $Object.hasOwnProperty.call(message, "intervalMs") && message.intervalMs !== 0)
                    writer.uint32(/* id 4, wireType 0 =*/32).uint32(message.intervalMs);
                if (message.timeoutMs != null && $Object.hasOwnProperty.call(message, "timeoutMs") && message.timeoutMs !== 0)
                    writer.uint32(/* id 5, wireType 0 =*/40).uint32(message.timeoutMs);
                if (message.healthyAfter != null && $Object.hasOwnProperty.call(message, "healthyAfter") && message.healthyAfter !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.healthyAfter);
                if (message.unhealthyAfter != null && $Object.hasOwnProperty.call(message, "unhealthyAfter") && message.unhealthyAfter !== 0)
                    writer.uint32(/* id 7, wireType 0 =*/56).uint32(message.unhealthyAfter);
                if (message.expect != null && message.expect.length)
                    writer.uint32(/* id 8, wireType 2 =*/66).uint32s(message.expect);
                if (message.initiallyUnhealthy != null && $Object.hasOwnProperty.call(message, "initiallyUnhealthy") && message.initiallyUnhealthy !== false)
                    writer.uint32(/* id 9, wireType 0 =*/72).bool(message.initiallyUnhealthy);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a HealthCheck message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.HealthCheck
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.HealthCheck & penstock.v1.HealthCheck.$Shape} HealthCheck
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            HealthCheck.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.HealthCheck();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.tcp = value;
                            else
                                delete message.tcp;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.path = value;
                            else
                                delete message.path;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.host = value;
                            else
                                delete message.host;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.intervalMs = value;
                            else
                                delete message.intervalMs;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.timeoutMs = value;
                            else
                                delete message.timeoutMs;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.healthyAfter = value;
                            else
                                delete message.healthyAfter;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.unhealthyAfter = value;
                            else
                                delete message.unhealthyAfter;
                            continue;
                        }
                    case 8: {
                            if (wireType === 2) {
                                if (!(message.expect && message.expect.length))
                                    message.expect = [];
                                reader.uint32s(message.expect);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.expect && message.expect.length))
                                message.expect = [];
                            message.expect.push(reader.uint32());
                            continue;
                        }
                    case 9: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.initiallyUnhealthy = value;
                            else
                                delete message.initiallyUnhealthy;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return HealthCheck;
        })();

        v1.Outlier = (function() {

            /**
             * Properties of an Outlier.
             * @typedef {Object} penstock.v1.Outlier.$Properties
             * @property {number|null} [consecutiveFailures] Outlier consecutiveFailures
             * @property {number|null} [ejectMs] Outlier ejectMs
             * @property {number|null} [maxEjectedPercent] Outlier maxEjectedPercent
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Outlier.
             * @memberof penstock.v1
             * @interface IOutlier
             * @augments penstock.v1.Outlier.$Properties
             * @deprecated Use penstock.v1.Outlier.$Properties instead.
             */

            /**
             * Shape of an Outlier.
             * @typedef {penstock.v1.Outlier.$Properties} penstock.v1.Outlier.$Shape
             */

            /**
             * Constructs a new Outlier.
             * @memberof penstock.v1
             * @classdesc Represents an Outlier.
             * @constructor
             * @param {penstock.v1.Outlier.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Outlier = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Outlier consecutiveFailures.
             * @member {number} consecutiveFailures
             * @memberof penstock.v1.Outlier
             * @instance
             */
            Outlier.prototype.consecutiveFailures = 0;

            /**
             * Outlier ejectMs.
             * @member {number} ejectMs
             * @memberof penstock.v1.Outlier
             * @instance
             */
            Outlier.prototype.ejectMs = 0;

            /**
             * Outlier maxEjectedPercent.
             * @member {number} maxEjectedPercent
             * @memberof penstock.v1.Outlier
             * @instance
             */
            Outlier.prototype.maxEjectedPercent = 0;

            /**
             * Encodes the specified Outlier message. Does not implicitly {@link penstock.v1.Outlier.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Outlier
             * @static
             * @param {penstock.v1.Outlier.$Properties} message Outlier message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Outlier.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.consecutiveFailures != null && $Object.hasOwnProperty.call(message, "consecutiveFailures") && message.consecutiveFailures !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.consecutiveFailures);
                if (message.ejectMs != null && $Object.hasOwnProperty.call(message, "ejectMs") && message.ejectMs !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.ejectMs);
                if (message.maxEjectedPercent != null && $Object.hasOwnProperty.call(message, "maxEjectedPercent") && message.maxEjectedPercent !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.maxEjectedPercent);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Outlier message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Outlier
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Outlier & penstock.v1.Outlier.$Shape} Outlier
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Outlier.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Outlier();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.consecutiveFailures = value;
                            else
                                delete message.consecutiveFailures;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.ejectMs = value;
                            else
                                delete message.ejectMs;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.maxEjectedPercent = value;
                            else
                                delete message.maxEjectedPercent;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Outlier;
        })();

        v1.Retries = (function() {

            /**
             * Properties of a Retries.
             * @typedef {Object} penstock.v1.Retries.$Properties
             * @property {number|null} [attempts] Retries attempts
             * @property {number|null} [windowMs] Retries windowMs
             * @property {number|null} [budgetPercent] Retries budgetPercent
             * @property {Array.<penstock.v1.RetryCondition>|null} [on] Retries on
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Retries.
             * @memberof penstock.v1
             * @interface IRetries
             * @augments penstock.v1.Retries.$Properties
             * @deprecated Use penstock.v1.Retries.$Properties instead.
             */

            /**
             * Shape of a Retries.
             * @typedef {penstock.v1.Retries.$Properties} penstock.v1.Retries.$Shape
             */

            /**
             * Constructs a new Retries.
             * @memberof penstock.v1
             * @classdesc Represents a Retries.
             * @constructor
             * @param {penstock.v1.Retries.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Retries = function (properties) {
                this.on = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Retries attempts.
             * @member {number} attempts
             * @memberof penstock.v1.Retries
             * @instance
             */
            Retries.prototype.attempts = 0;

            /**
             * Retries windowMs.
             * @member {number} windowMs
             * @memberof penstock.v1.Retries
             * @instance
             */
            Retries.prototype.windowMs = 0;

            /**
             * Retries budgetPercent.
             * @member {number} budgetPercent
             * @memberof penstock.v1.Retries
             * @instance
             */
            Retries.prototype.budgetPercent = 0;

            /**
             * Retries on.
             * @member {Array.<penstock.v1.RetryCondition>} on
             * @memberof penstock.v1.Retries
             * @instance
             */
            Retries.prototype.on = $util.emptyArray;

            /**
             * Encodes the specified Retries message. Does not implicitly {@link penstock.v1.Retries.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Retries
             * @static
             * @param {penstock.v1.Retries.$Properties} message Retries message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Retries.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.attempts != null && $Object.hasOwnProperty.call(message, "attempts") && message.attempts !== 0)
                    writer.uint32(/* id 1, wireType 0 =*/8).uint32(message.attempts);
                if (message.windowMs != null && $Object.hasOwnProperty.call(message, "windowMs") && message.windowMs !== 0)
                    writer.uint32(/* id 2, wireType 0 =*/16).uint32(message.windowMs);
                if (message.budgetPercent != null && $Object.hasOwnProperty.call(message, "budgetPercent") && message.budgetPercent !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.budgetPercent);
                if (message.on != null && message.on.length)
                    writer.uint32(/* id 4, wireType 2 =*/34).int32s(message.on);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Retries message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Retries
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Retries & penstock.v1.Retries.$Shape} Retries
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Retries.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Retries();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.attempts = value;
                            else
                                delete message.attempts;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.windowMs = value;
                            else
                                delete message.windowMs;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.budgetPercent = value;
                            else
                                delete message.budgetPercent;
                            continue;
                        }
                    case 4: {
                            if (wireType === 2) {
                                if (!(message.on && message.on.length))
                                    message.on = [];
                                reader.int32s(message.on);
                                continue;
                            }
                            if (wireType !== 0)
                                break;
                            if (!(message.on && message.on.length))
                                message.on = [];
                            message.on.push(reader.int32());
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Retries;
        })();

        /**
         * RetryCondition enum.
         * @name penstock.v1.RetryCondition
         * @enum {number}
         * @property {number} RETRY_CONDITION_CONNECT_FAILURE=0 RETRY_CONDITION_CONNECT_FAILURE value
         * @property {number} RETRY_CONDITION_RESET_BEFORE_RESPONSE=1 RETRY_CONDITION_RESET_BEFORE_RESPONSE value
         * @property {number} RETRY_CONDITION_502=2 RETRY_CONDITION_502 value
         * @property {number} RETRY_CONDITION_503=3 RETRY_CONDITION_503 value
         * @property {number} RETRY_CONDITION_504=4 RETRY_CONDITION_504 value
         */
        v1.RetryCondition = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "RETRY_CONDITION_CONNECT_FAILURE"] = 0;
            values[valuesById[1] = "RETRY_CONDITION_RESET_BEFORE_RESPONSE"] = 1;
            values[valuesById[2] = "RETRY_CONDITION_502"] = 2;
            values[valuesById[3] = "RETRY_CONDITION_503"] = 3;
            values[valuesById[4] = "RETRY_CONDITION_504"] = 4;
            return values;
        })();

        v1.Endpoint = (function() {

            /**
             * Properties of an Endpoint.
             * @typedef {Object} penstock.v1.Endpoint.$Properties
             * @property {string|null} [id] Endpoint id
             * @property {string|null} [address] Endpoint address
             * @property {number|null} [weight] Endpoint weight
             * @property {penstock.v1.Origin.$Properties|null} [origin] Endpoint origin
             * @property {boolean|null} [backup] Endpoint backup
             * @property {number|null} [slot] Endpoint slot
             * @property {string|null} [hostName] Endpoint hostName
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of an Endpoint.
             * @memberof penstock.v1
             * @interface IEndpoint
             * @augments penstock.v1.Endpoint.$Properties
             * @deprecated Use penstock.v1.Endpoint.$Properties instead.
             */

            /**
             * Shape of an Endpoint.
             * @typedef {penstock.v1.Endpoint.$Properties} penstock.v1.Endpoint.$Shape
             */

            /**
             * Constructs a new Endpoint.
             * @memberof penstock.v1
             * @classdesc Represents an Endpoint.
             * @constructor
             * @param {penstock.v1.Endpoint.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Endpoint = function (properties) {
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Endpoint id.
             * @member {string} id
             * @memberof penstock.v1.Endpoint
             * @instance
             */
            Endpoint.prototype.id = "";

            /**
             * Endpoint address.
             * @member {string} address
             * @memberof penstock.v1.Endpoint
             * @instance
             */
            Endpoint.prototype.address = "";

            /**
             * Endpoint weight.
             * @member {number} weight
             * @memberof penstock.v1.Endpoint
             * @instance
             */
            Endpoint.prototype.weight = 0;

            /**
             * Endpoint origin.
             * @member {penstock.v1.Origin.$Properties|null|undefined} origin
             * @memberof penstock.v1.Endpoint
             * @instance
             */
            Endpoint.prototype.origin = null;

            /**
             * Endpoint backup.
             * @member {boolean} backup
             * @memberof penstock.v1.Endpoint
             * @instance
             */
            Endpoint.prototype.backup = false;

            /**
             * Endpoint slot.
             * @member {number} slot
             * @memberof penstock.v1.Endpoint
             * @instance
             */
            Endpoint.prototype.slot = 0;

            /**
             * Endpoint hostName.
             * @member {string} hostName
             * @memberof penstock.v1.Endpoint
             * @instance
             */
            Endpoint.prototype.hostName = "";

            /**
             * Encodes the specified Endpoint message. Does not implicitly {@link penstock.v1.Endpoint.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Endpoint
             * @static
             * @param {penstock.v1.Endpoint.$Properties} message Endpoint message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Endpoint.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.address != null && $Object.hasOwnProperty.call(message, "address") && message.address !== "")
                    writer.uint32(/* id 2, wireType 2 =*/18).string(message.address);
                if (message.weight != null && $Object.hasOwnProperty.call(message, "weight") && message.weight !== 0)
                    writer.uint32(/* id 3, wireType 0 =*/24).uint32(message.weight);
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin"))
                    $root.penstock.v1.Origin.encode(message.origin, writer.uint32(/* id 4, wireType 2 =*/34).fork(), _depth + 1).ldelim();
                if (message.backup != null && $Object.hasOwnProperty.call(message, "backup") && message.backup !== false)
                    writer.uint32(/* id 5, wireType 0 =*/40).bool(message.backup);
                if (message.slot != null && $Object.hasOwnProperty.call(message, "slot") && message.slot !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).uint32(message.slot);
                if (message.hostName != null && $Object.hasOwnProperty.call(message, "hostName") && message.hostName !== "")
                    writer.uint32(/* id 7, wireType 2 =*/58).string(message.hostName);
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes an Endpoint message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Endpoint
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Endpoint & penstock.v1.Endpoint.$Shape} Endpoint
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Endpoint.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Endpoint();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.address = value;
                            else
                                delete message.address;
                            continue;
                        }
                    case 3: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.weight = value;
                            else
                                delete message.weight;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            message.origin = $root.penstock.v1.Origin.decode(reader, reader.size(), $undefined, _depth + 1, message.origin);
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.bool())
                                message.backup = value;
                            else
                                delete message.backup;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.uint32())
                                message.slot = value;
                            else
                                delete message.slot;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.hostName = value;
                            else
                                delete message.hostName;
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Endpoint;
        })();

        /**
         * CertificateSource enum.
         * @name penstock.v1.CertificateSource
         * @enum {number}
         * @property {number} CERTIFICATE_SOURCE_MANUAL=0 CERTIFICATE_SOURCE_MANUAL value
         * @property {number} CERTIFICATE_SOURCE_SELF_SIGNED=1 CERTIFICATE_SOURCE_SELF_SIGNED value
         * @property {number} CERTIFICATE_SOURCE_DEFAULT=2 CERTIFICATE_SOURCE_DEFAULT value
         * @property {number} CERTIFICATE_SOURCE_ACME=3 CERTIFICATE_SOURCE_ACME value
         */
        v1.CertificateSource = (function() {
            const valuesById = $Object.create(null), values = $Object.create(valuesById);
            values[valuesById[0] = "CERTIFICATE_SOURCE_MANUAL"] = 0;
            values[valuesById[1] = "CERTIFICATE_SOURCE_SELF_SIGNED"] = 1;
            values[valuesById[2] = "CERTIFICATE_SOURCE_DEFAULT"] = 2;
            values[valuesById[3] = "CERTIFICATE_SOURCE_ACME"] = 3;
            return values;
        })();

        v1.Certificate = (function() {

            /**
             * Properties of a Certificate.
             * @typedef {Object} penstock.v1.Certificate.$Properties
             * @property {string|null} [id] Certificate id
             * @property {Array.<string>|null} [hosts] Certificate hosts
             * @property {string|null} [chainPem] Certificate chainPem
             * @property {string|null} [keyPem] Certificate keyPem
             * @property {number|null} [notAfterMs] Certificate notAfterMs
             * @property {penstock.v1.CertificateSource|null} [source] Certificate source
             * @property {penstock.v1.Origin.$Properties|null} [origin] Certificate origin
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */

            /**
             * Properties of a Certificate.
             * @memberof penstock.v1
             * @interface ICertificate
             * @augments penstock.v1.Certificate.$Properties
             * @deprecated Use penstock.v1.Certificate.$Properties instead.
             */

            /**
             * Shape of a Certificate.
             * @typedef {penstock.v1.Certificate.$Properties} penstock.v1.Certificate.$Shape
             */

            /**
             * Constructs a new Certificate.
             * @memberof penstock.v1
             * @classdesc Represents a Certificate.
             * @constructor
             * @param {penstock.v1.Certificate.$Properties=} [properties] Properties to set
             * @property {Array.<Uint8Array>} [$unknowns] Unknown fields preserved while decoding when enabled
             */
            const Certificate = function (properties) {
                this.hosts = [];
                if (properties)
                    for (let keys = $Object.keys(properties), i = 0; i < keys.length; ++i)
                        if (properties[keys[i]] != null && keys[i] !== "__proto__")
                            this[keys[i]] = properties[keys[i]];
            };

            /**
             * Certificate id.
             * @member {string} id
             * @memberof penstock.v1.Certificate
             * @instance
             */
            Certificate.prototype.id = "";

            /**
             * Certificate hosts.
             * @member {Array.<string>} hosts
             * @memberof penstock.v1.Certificate
             * @instance
             */
            Certificate.prototype.hosts = $util.emptyArray;

            /**
             * Certificate chainPem.
             * @member {string} chainPem
             * @memberof penstock.v1.Certificate
             * @instance
             */
            Certificate.prototype.chainPem = "";

            /**
             * Certificate keyPem.
             * @member {string} keyPem
             * @memberof penstock.v1.Certificate
             * @instance
             */
            Certificate.prototype.keyPem = "";

            /**
             * Certificate notAfterMs.
             * @member {number} notAfterMs
             * @memberof penstock.v1.Certificate
             * @instance
             */
            Certificate.prototype.notAfterMs = $util.Long ? $util.Long.fromBits(0,0,true) : 0;

            /**
             * Certificate source.
             * @member {penstock.v1.CertificateSource} source
             * @memberof penstock.v1.Certificate
             * @instance
             */
            Certificate.prototype.source = 0;

            /**
             * Certificate origin.
             * @member {penstock.v1.Origin.$Properties|null|undefined} origin
             * @memberof penstock.v1.Certificate
             * @instance
             */
            Certificate.prototype.origin = null;

            /**
             * Encodes the specified Certificate message. Does not implicitly {@link penstock.v1.Certificate.verify|verify} messages.
             * @function encode
             * @memberof penstock.v1.Certificate
             * @static
             * @param {penstock.v1.Certificate.$Properties} message Certificate message or plain object to encode
             * @param {$protobuf.Writer} [writer] Writer to encode to
             * @returns {$protobuf.Writer} Writer
             */
            Certificate.encode = function (message, writer, _depth) {
                if (!writer)
                    writer = $Writer.create();
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $util.recursionLimit)
                    throw $Error("max depth exceeded");
                if (message.id != null && $Object.hasOwnProperty.call(message, "id") && message.id !== "")
                    writer.uint32(/* id 1, wireType 2 =*/10).string(message.id);
                if (message.hosts != null && message.hosts.length)
                    for (let i = 0; i < message.hosts.length; ++i)
                        writer.uint32(/* id 2, wireType 2 =*/18).string(message.hosts[i]);
                if (message.chainPem != null && $Object.hasOwnProperty.call(message, "chainPem") && message.chainPem !== "")
                    writer.uint32(/* id 3, wireType 2 =*/26).string(message.chainPem);
                if (message.keyPem != null && $Object.hasOwnProperty.call(message, "keyPem") && message.keyPem !== "")
                    writer.uint32(/* id 4, wireType 2 =*/34).string(message.keyPem);
                if (message.notAfterMs != null && $Object.hasOwnProperty.call(message, "notAfterMs") && (typeof message.notAfterMs === "object" ? message.notAfterMs.low || message.notAfterMs.high : message.notAfterMs !== 0))
                    writer.uint32(/* id 5, wireType 0 =*/40).uint64(message.notAfterMs);
                if (message.source != null && $Object.hasOwnProperty.call(message, "source") && message.source !== 0)
                    writer.uint32(/* id 6, wireType 0 =*/48).int32(message.source);
                if (message.origin != null && $Object.hasOwnProperty.call(message, "origin"))
                    $root.penstock.v1.Origin.encode(message.origin, writer.uint32(/* id 7, wireType 2 =*/58).fork(), _depth + 1).ldelim();
                if (message.$unknowns != null && $Object.hasOwnProperty.call(message, "$unknowns"))
                    for (let i = 0; i < message.$unknowns.length; ++i)
                        writer.raw(message.$unknowns[i]);
                return writer;
            };

            /**
             * Decodes a Certificate message from the specified reader or buffer.
             * @function decode
             * @memberof penstock.v1.Certificate
             * @static
             * @param {$protobuf.Reader|Uint8Array} reader Reader or buffer to decode from
             * @param {number} [length] Message length if known beforehand
             * @returns {penstock.v1.Certificate & penstock.v1.Certificate.$Shape} Certificate
             * @throws {Error} If the payload is not a reader or valid buffer
             * @throws {$protobuf.util.ProtocolError} If required fields are missing
             */
            Certificate.decode = function (reader, length, _end, _depth, _target) {
                if (!(reader instanceof $Reader))
                    reader = $Reader.create(reader);
                if (_depth === $undefined)
                    _depth = 0;
                if (_depth > $Reader.recursionLimit)
                    throw $Error("max depth exceeded");
                let end, message, value;
                if (length === $undefined)
                    end = reader.len;
                else {
                    end = reader.pos + length;
                    if (end > reader.len)
                        throw $RangeError("index out of range");
                    length = reader.len;
                    reader.len = end;
                }
                message = _target || new $root.penstock.v1.Certificate();
                while (reader.pos < end) {
                    let start = reader.pos;
                    let tag = reader.tag();
                    if (tag === _end) {
                        _end = $undefined;
                        break;
                    }
                    let wireType = tag & 7;
                    switch (tag >>>= 3) {
                    case 1: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.id = value;
                            else
                                delete message.id;
                            continue;
                        }
                    case 2: {
                            if (wireType !== 2)
                                break;
                            if (!(message.hosts && message.hosts.length))
                                message.hosts = [];
                            message.hosts.push(reader.stringVerify());
                            continue;
                        }
                    case 3: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.chainPem = value;
                            else
                                delete message.chainPem;
                            continue;
                        }
                    case 4: {
                            if (wireType !== 2)
                                break;
                            if ((value = reader.stringVerify()).length)
                                message.keyPem = value;
                            else
                                delete message.keyPem;
                            continue;
                        }
                    case 5: {
                            if (wireType !== 0)
                                break;
                            if (typeof (value = reader.uint64()) === "object" ? value.low || value.high : value !== 0)
                                message.notAfterMs = value;
                            else
                                delete message.notAfterMs;
                            continue;
                        }
                    case 6: {
                            if (wireType !== 0)
                                break;
                            if (value = reader.int32())
                                message.source = value;
                            else
                                delete message.source;
                            continue;
                        }
                    case 7: {
                            if (wireType !== 2)
                                break;
                            message.origin = $root.penstock.v1.Origin.decode(reader, reader.size(), $undefined, _depth + 1, message.origin);
                            continue;
                        }
                    }
                    reader.skipType(wireType, _depth, tag);
                    if (!reader.discardUnknown) {
                        $util.makeProp(message, "$unknowns", false);
                        (message.$unknowns || (message.$unknowns = [])).push(reader.raw(start, reader.pos));
                    }
                }
                if (length !== $undefined) {
                    if (reader.pos !== end)
                        throw $RangeError("index out of range");
                    reader.len = length;
                }
                if (_end !== $undefined)
                    throw $Error("missing end group");
                return message;
            };

            return Certificate;
        })();

        return v1;
    })();

    return penstock;
})();

export {
  $root as default
};
