// Shows notifications that the browser receives also while the site is closed. Each is encrypted for this browser.

self.addEventListener("push", (event) => {
  const { title, url, ...shown } = event.data.json();
  event.waitUntil(self.registration.showNotification(title, { ...shown, data: url }));
});

self.addEventListener("notificationclick", (event) => {
  event.notification.close();
  event.waitUntil(self.clients.openWindow(event.notification.data));
});
