/** Menu, tray and notifications: what there is of the assistant besides its windows, in the language of the settings. */
import { app, BrowserWindow, Notification } from "electron";
import type { Settings } from "../../common/api/desk-procedures.ts";
import { newsText, placeOfNews, type News } from "../../common/domain/news.ts";
import type { Language } from "../../common/domain/report-text/catalogue.ts";
import { chooseLanguage } from "../../common/domain/report-text/choose-language.ts";
import { catalogues } from "../../common/domain/report-text/languages.ts";
import type { Busyness } from "./desk-watch.ts";
import { installMenu } from "./menu.ts";
import { nativeTexts, type NativeTexts } from "./texts.ts";
import { createTray } from "./tray.ts";

export interface NativeDeskActions {
  newWindow(): void;
  /** Shows a window, at a place where one is named. */
  show(place: string | null): void;
  quit(): void;
}

export class NativeDesk {
  readonly #actions: NativeDeskActions;
  readonly #tray: ReturnType<typeof createTray>;
  #language: Language = chooseLanguage([app.getLocale()]);
  #wantsNotifications = true;
  #busyness: Busyness = { running: 0, waiting: 0 };

  constructor(trayIconPath: string, actions: NativeDeskActions) {
    this.#actions = actions;
    this.#tray = createTray(trayIconPath, {
      open: () => actions.show(null),
      quit: () => actions.quit(),
    });
    this.#draw();
  }

  get texts(): NativeTexts {
    return nativeTexts[this.#language];
  }

  /** True while jobs run or go on by themselves later, so that the engine must stay. */
  get isBusy(): boolean {
    return this.#busyness.running + this.#busyness.waiting > 0;
  }

  settingsArrived({ language, notifications }: Settings): void {
    this.#wantsNotifications = notifications;
    this.#language = language === "system" ? chooseLanguage([app.getLocale()]) : language;
    this.#draw();
  }

  busynessChanged(busyness: Busyness): void {
    this.#busyness = busyness;
    this.#drawTray();
  }

  /** Whoever looks at a window sees it there. */
  newsArrived(news: News): void {
    if (!this.#wantsNotifications || BrowserWindow.getFocusedWindow() !== null) return;
    this.#notify(newsText(news, catalogues[this.#language]), placeOfNews(news));
  }

  /** Told when the last window closed and the engine stays: a desktop may show no tray. */
  windowsClosed(): void {
    if (this.#wantsNotifications) this.#notify(this.texts.goesOn, null);
  }

  #notify(text: { readonly title: string; readonly body: string }, place: string | null): void {
    if (!Notification.isSupported()) return;
    const notification = new Notification(text);
    notification.on("click", () => this.#actions.show(place));
    notification.show();
  }

  #draw(): void {
    installMenu(this.texts.menu, {
      newWindow: () => this.#actions.newWindow(),
      goTo: (place) => this.#actions.show(place),
      quit: () => this.#actions.quit(),
    });
    this.#drawTray();
  }

  #drawTray(): void {
    this.#tray?.show(this.#busyness, this.texts.tray);
  }
}
