// The hub of gorilla's chat example, after which most WebSocket servers in Go are made: a goroutine that has all clients,
// and for each of them a channel of 256 messages, a goroutine that reads and one that writes. A client whose channel is
// full is dropped.
//
// All is as in the example, but for two things. What is told comes from standard input: four bytes of length, the most
// significant first, and the text. And each message is written by itself: the example joins those that wait in a client's
// channel into one, a line each, which no client could take that parses every message as JSON.
package main

import (
	"bufio"
	"encoding/binary"
	"flag"
	"fmt"
	"io"
	"log"
	"net"
	"net/http"
	"os"
	"time"

	"github.com/gorilla/websocket"
)

const (
	writeWait      = 10 * time.Second
	maxMessageSize = 512
	bufferedMax    = 256
)

var (
	pingPeriod = flag.Duration("ping", 54*time.Second, "time between two pings")
	upgrader   = websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024}
)

// The example's ping comes after nine tenths of the time in which it wants the pong.
func pongWait() time.Duration {
	return *pingPeriod / 9 * 10
}

type hub struct {
	clients    map[*client]bool
	broadcast  chan []byte
	register   chan *client
	unregister chan *client
}

type client struct {
	hub  *hub
	conn *websocket.Conn
	send chan []byte
}

func (h *hub) run() {
	for {
		select {
		case c := <-h.register:
			h.clients[c] = true
		case c := <-h.unregister:
			h.drop(c)
		case message := <-h.broadcast:
			for c := range h.clients {
				select {
				case c.send <- message:
				default:
					h.drop(c)
				}
			}
		}
	}
}

func (h *hub) drop(c *client) {
	if _, ok := h.clients[c]; ok {
		delete(h.clients, c)
		close(c.send)
	}
}

func (c *client) readPump() {
	defer func() {
		c.hub.unregister <- c
		c.conn.Close()
	}()
	c.conn.SetReadLimit(maxMessageSize)
	c.conn.SetReadDeadline(time.Now().Add(pongWait()))
	c.conn.SetPongHandler(func(string) error {
		c.conn.SetReadDeadline(time.Now().Add(pongWait()))
		return nil
	})
	for {
		if _, _, err := c.conn.ReadMessage(); err != nil {
			return
		}
	}
}

func (c *client) writePump() {
	ticker := time.NewTicker(*pingPeriod)
	defer func() {
		ticker.Stop()
		c.conn.Close()
	}()
	for {
		select {
		case message, ok := <-c.send:
			c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if !ok {
				c.conn.WriteMessage(websocket.CloseMessage, []byte{})
				return
			}
			if err := c.conn.WriteMessage(websocket.TextMessage, message); err != nil {
				return
			}
		case <-ticker.C:
			c.conn.SetWriteDeadline(time.Now().Add(writeWait))
			if err := c.conn.WriteMessage(websocket.PingMessage, nil); err != nil {
				return
			}
		}
	}
}

func (h *hub) serve(w http.ResponseWriter, r *http.Request) {
	conn, err := upgrader.Upgrade(w, r, nil)
	if err != nil {
		return
	}
	c := &client{hub: h, conn: conn, send: make(chan []byte, bufferedMax)}
	h.register <- c
	go c.writePump()
	go c.readPump()
}

func (h *hub) tell(from io.Reader) {
	reader := bufio.NewReaderSize(from, 64<<10)
	for {
		var head [4]byte
		if _, err := io.ReadFull(reader, head[:]); err != nil {
			os.Exit(0)
		}
		message := make([]byte, binary.BigEndian.Uint32(head[:]))
		if _, err := io.ReadFull(reader, message); err != nil {
			os.Exit(1)
		}
		h.broadcast <- message
	}
}

func main() {
	flag.Parse()
	h := &hub{
		clients:    make(map[*client]bool),
		broadcast:  make(chan []byte),
		register:   make(chan *client),
		unregister: make(chan *client),
	}
	listener, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		log.Fatal(err)
	}
	fmt.Printf("listening on http://%s\n", listener.Addr())
	go h.run()
	go h.tell(os.Stdin)
	log.Fatal(http.Serve(listener, http.HandlerFunc(h.serve)))
}
